"""What a chat refuses, how it says so, and that the rest goes on."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from digital_keys import opened
from digital_people import PlayedRouter, resume_of
from digital_replica import RunningApp, Start
from digital_topics import TopicReader
from prometheus_client import REGISTRY
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from chassis.sealing import address_token
from chassis.testing import eventually
from ingest_digital.settings import Settings

WIDGET = "the secret of the widget, long enough"


def identity(secret: str = WIDGET, seconds: float = 60, **claims: Any) -> str:
    expires = datetime.now(UTC) + timedelta(seconds=seconds)
    return jwt.encode({"exp": expires, **claims}, secret, "HS256")


def closed_count(code: int) -> float:
    name = "ingest_digital_chat_closed_total"
    return REGISTRY.get_sample_value(name, {"code": str(code)}) or 0.0


def turned_away(reason: str) -> float:
    name = "ingest_digital_chat_refused_total"
    return REGISTRY.get_sample_value(name, {"reason": reason}) or 0.0


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("this is no JSON", 1007),
        (b"\x00\x01", 1003),
        ('{"type":"start","filler":"' + "x" * 17_000 + '"}', 1009),
        ('{"type":"message","client_msg_id":"x","text":"too early"}', 4400),
        ('{"type":"start","entry_point":"web"}', 4400),
        ("[]", 4400),
    ],
)
async def test_a_wrong_first_frame_ends_the_socket_with_a_code_and_a_reason(
    router: PlayedRouter, app: RunningApp, raw: str | bytes, code: int
) -> None:
    before = closed_count(code)
    async with app.chat() as chat:
        await chat.send(raw)

        assert await chat.closed() == code
        assert chat.close_reason
    await eventually(lambda: closed_count(code) == before + 1)


@pytest.mark.parametrize(("raw", "code"), [("{", 1007), ("[" * 10_000, 1007), ("x" * 17_000, 1009)])
async def test_a_frame_that_is_none_ends_a_chat_that_began(
    router: PlayedRouter, app: RunningApp, raw: str, code: int
) -> None:
    async with app.chat() as chat, app.chat() as neighbour:
        await chat.begin()
        await neighbour.begin()
        await chat.send(raw)

        assert await chat.closed() == code
        assert (await neighbour.say("I go on"))["type"] == "ack"


async def test_a_frame_with_wrong_fields_is_answered_and_the_chat_goes_on(
    router: PlayedRouter, app: RunningApp
) -> None:
    async with app.chat() as chat:
        await chat.begin()
        await chat.send({"type": "dance"})
        await chat.next_of("error")
        blank = await chat.say("   ")
        ack = await chat.say("a proper message")

    assert blank["code"] == "bad_frame"
    assert ack["type"] == "ack"


async def test_an_unknown_entry_point_is_named(router: PlayedRouter, app: RunningApp) -> None:
    async with app.chat(entry_point="nowhere") as chat:
        error = await chat.begin()

        assert (error["code"], await chat.closed()) == ("unknown_entry_point", 4404)
        assert "nowhere" in error["reason"]


async def test_an_entry_point_of_another_channel_takes_no_chats(
    router: PlayedRouter, app: RunningApp
) -> None:
    async with app.chat(entry_point="line") as chat:
        await chat.begin()

        assert await chat.closed() == 4404


async def test_before_there_is_a_policy_a_chat_is_told_to_try_again(app: RunningApp) -> None:
    async with app.chat() as chat:
        error = await chat.begin()

        assert (error["code"], await chat.closed()) == ("try_again", 1013)


async def test_a_token_of_another_conversation_is_refused(
    router: PlayedRouter, app: RunningApp
) -> None:
    async with app.chat() as one, app.chat() as other:
        mine, others = await one.begin(), await other.begin()
    forged = {**resume_of(mine), "conversation_id": others["conversation_id"]}
    async with app.chat(**forged) as chat:
        error = await chat.begin()

        assert (error["code"], await chat.closed()) == ("bad_token", 4401)


@pytest.mark.parametrize("change", ["forged", "unsigned", "empty"])
async def test_a_token_that_is_not_ours_is_refused(
    router: PlayedRouter, app: RunningApp, change: str
) -> None:
    async with app.chat() as chat:
        started = await chat.begin()
    content = jwt.decode(started["token"], options={"verify_signature": False})
    token = {
        "forged": jwt.encode(content, "x" * 32, "HS256"),
        "unsigned": jwt.encode(content, None, "none"),
        "empty": "",
    }[change]
    async with app.chat(**{**resume_of(started), "token": token}) as chat:
        await chat.begin()

        assert await chat.closed() == 4401


async def test_a_token_expires(router: PlayedRouter, start: Start) -> None:
    app = await start(chat_token_seconds=-31)
    async with app.chat() as chat:
        started = await chat.begin()
    async with app.chat(**resume_of(started)) as chat:
        await chat.begin()

        assert await chat.closed() == 4401


async def test_the_token_and_the_identity_are_never_in_the_address(app: RunningApp) -> None:
    before = turned_away("path")
    for path in ("/v1/chats", "/v2/chat", "/v1/chat/x"):
        with pytest.raises(InvalidStatus, match="404"):
            await connect(app.url.replace("/v1/chat", path))
    assert turned_away("path") == before + 3


async def test_a_conversation_that_is_forgotten_is_expired(
    router: PlayedRouter, start: Start
) -> None:
    app = await start(chat_memory_conversations=1)
    async with app.chat() as chat:
        first = await chat.begin()
    async with app.chat() as chat:
        await chat.begin()
        async with app.chat(**resume_of(first)) as gone:
            error = await gone.begin()

            assert (error["code"], await gone.closed()) == ("expired", 4410)


async def test_a_logged_in_visitor_brings_verified_addresses(
    router: PlayedRouter, app: RunningApp, topics: TopicReader, settings: Settings
) -> None:
    """So a customer who calls and then chats is known."""
    token = identity(phone="+49 30 1234567", email="Ann@Customer.Test", visitor_id="visitor-ann")
    async with app.chat(visitor_id="visitor-ann", identity_token=token) as chat:
        await chat.begin()
    (arrived,) = await topics.facts("contact_arrived")

    found = {a.kind: a for a in arrived.addresses}
    assert set(found) == {"chat", "phone", "email"}
    assert all(address.is_verified for address in found.values())
    secret = "the secret of the tests"
    assert found["phone"].token == address_token(secret, "phone", "+49301234567")
    assert found["email"].token == address_token(secret, "email", "ann@customer.test")
    phone = opened(settings.workspace, found["phone"].address, "AddressToken.address")
    assert phone == "+49301234567"


@pytest.mark.parametrize(
    "token",
    [
        identity("another secret, also long enough", phone="+4930123456"),
        identity(seconds=-60, phone="+4930123456"),
        identity(phone="030 123456"),
        identity(email="no address"),
        identity(phone="+4930123456", visitor_id="somebody else"),
        jwt.encode({"phone": "+4930123456"}, WIDGET, "HS256"),
        jwt.encode({"phone": "+4930123456"}, None, "none"),
        "rubbish",
    ],
    ids=["secret", "expired", "phone", "email", "visitor", "no expiry", "unsigned", "rubbish"],
)
async def test_an_identity_that_does_not_hold_is_refused(
    router: PlayedRouter, app: RunningApp, topics: TopicReader, token: str
) -> None:
    async with app.chat(identity_token=token) as chat:
        error = await chat.begin()

        assert (error["code"], await chat.closed()) == ("bad_token", 4401)
    assert await topics.facts("contact_arrived") == []


async def test_too_many_frames_end_the_socket(router: PlayedRouter, start: Start) -> None:
    app = await start(chat_message_burst=3, chat_messages_per_second=0.1)
    async with app.chat() as chat:
        await chat.begin()
        for _ in range(4):
            await chat.send({"type": "ping"})

        assert await chat.closed() == 4429


async def test_a_silent_socket_is_closed(router: PlayedRouter, start: Start) -> None:
    app = await start(chat_first_frame_seconds=0.1)
    async with app.chat() as chat:
        assert await chat.closed() == 4408


async def test_when_all_places_are_taken_the_next_browser_gets_a_503(
    router: PlayedRouter, start: Start
) -> None:
    app = await start(chat_max_connections=1)
    async with app.chat() as chat:
        await chat.begin()
        before = turned_away("full")
        with pytest.raises(InvalidStatus, match="503"):
            await connect(app.url)

        assert turned_away("full") == before + 1


async def test_a_page_of_a_foreign_web_site_may_not_chat(
    router: PlayedRouter, start: Start
) -> None:
    app = await start(chat_allowed_origins="https://shop.test")
    before = turned_away("origin")
    async with await connect(app.url, origin="https://shop.test"):  # type: ignore[arg-type]
        pass
    with pytest.raises(InvalidStatus, match="403"):
        await connect(app.url, origin="https://evil.test")  # type: ignore[arg-type]
    assert turned_away("origin") == before + 1


async def test_a_browser_that_reads_nothing_is_dropped_and_may_resume(
    router: PlayedRouter, start: Start, topics: TopicReader
) -> None:
    app = await start(chat_write_seconds=0.2)
    async with app.chat() as chat:
        started = await chat.begin()
        assert chat.socket is not None
        chat.socket.transport.pause_reading()
        key_id = (await topics.facts("contact_arrived"))[0].key_id
        for number in range(300):
            await router.says(started["conversation_id"], key_id, f"{number} " + "x" * 16_000)
        # Nothing is read here, so only the server's side can tell.
        await eventually(lambda: not app.app.chat._sockets)
        chat.socket.transport.abort()
    last = max((f["seq"] for f in chat.frames if f["type"] == "message"), default=-1)
    async with app.chat(**resume_of(started, last)) as again:
        await again.begin()
        await again.wait_for(lambda f: f.get("text", "").startswith("299 "))


async def test_start_ids_and_message_ids_must_be_uuids(
    router: PlayedRouter, app: RunningApp
) -> None:
    async with app.chat(start_id="not-a-uuid") as chat:
        await chat.begin()
        assert await chat.closed() == 4400
    async with app.chat(start_id=str(uuid.uuid4())) as chat:
        await chat.begin()
        assert (await chat.say("hello", "not-a-uuid"))["code"] == "bad_frame"
