"""Web chat from outside: a real WebSocket client, the real broker, the router played."""

import asyncio
import uuid

from digital_keys import opened
from digital_people import PlayedRouter, resume_of
from digital_replica import RunningApp, Start
from digital_topics import TopicReader

from chassis.sealing import address_token
from chassis.testing import eventually
from ingest_digital.settings import Settings


async def test_a_start_is_answered_after_kafka_has_the_contact(
    router: PlayedRouter, app: RunningApp, topics: TopicReader, settings: Settings
) -> None:
    async with app.chat(visitor_id="visitor-0001", topic="My parcel") as chat:
        started = await chat.begin()
        (arrived,) = await topics.facts("contact_arrived")

    assert started["contact_id"] == arrived.contact_id
    assert started["conversation_id"] == arrived.conversation_id
    assert (arrived.channel, arrived.entry_point) == (3, "web")
    (address,) = arrived.addresses
    assert (address.kind, address.is_verified) == ("chat", True)
    assert address.token == address_token("the secret of the tests", "chat", "visitor-0001")
    workspace = settings.workspace
    assert opened(workspace, address.address, "AddressToken.address") == "visitor-0001"
    assert opened(workspace, arrived.subject, "ContactArrived.subject") == "My parcel"
    assert address.address.key_id == arrived.key_id


async def test_the_same_start_is_the_same_contact(
    router: PlayedRouter, app: RunningApp, topics: TopicReader
) -> None:
    same = {"start_id": str(uuid.uuid4()), "visitor_id": "visitor-0002"}
    async with app.chat(**same) as one, app.chat(**same) as other:
        first, second = await one.begin(), await other.begin()

    assert first["contact_id"] == second["contact_id"]
    assert first["conversation_id"] == second["conversation_id"]
    assert len({fact.key_id for fact in await topics.facts("contact_arrived")}) == 1


async def test_another_visitor_cannot_start_into_a_conversation(
    router: PlayedRouter, app: RunningApp
) -> None:
    start_id = str(uuid.uuid4())
    async with app.chat(start_id=start_id) as one, app.chat(start_id=start_id) as other:
        first, second = await one.begin(), await other.begin()

    assert first["conversation_id"] != second["conversation_id"]


async def test_a_message_is_content_then_a_fact_then_an_ack(
    router: PlayedRouter, app: RunningApp, topics: TopicReader, settings: Settings
) -> None:
    async with app.chat() as chat:
        started = await chat.begin()
        ack = await chat.say("My parcel is lost, Größe XL")
        (content,) = await topics.content()
        (fact,) = await topics.facts("customer_messaged")

    recorded = content.message_recorded
    assert ack["type"] == "ack"
    assert ack["message_id"] == recorded.message_id == fact.message_id
    assert ack["seq"] == fact.position.offset
    assert content.conversation_id == started["conversation_id"] == fact.conversation_id
    text = opened(settings.workspace, recorded.body, "MessageRecorded.body")
    assert text == "My parcel is lost, Größe XL"
    assert fact.contact_id == started["contact_id"]
    expected = str(uuid.uuid5(uuid.UUID(fact.message_id), "contact"))
    assert (fact.new_contact_id, fact.channel, fact.entry_point) == (expected, 3, "web")
    assert fact.key_id == recorded.body.key_id
    assert [address.kind for address in fact.addresses] == ["chat"]


async def test_nothing_personal_is_in_clear_in_a_topic(
    router: PlayedRouter, app: RunningApp, topics: TopicReader
) -> None:
    async with app.chat(visitor_id="visitor-secret-0003", topic="Intimate topic") as chat:
        await chat.begin()
        await chat.say("A very private sentence")

    raw = await topics.raw()
    for secret in (b"visitor-secret-0003", b"Intimate topic", b"private sentence"):
        assert secret not in raw


async def test_a_resend_is_one_message_with_the_same_answer(
    router: PlayedRouter, start: Start, topics: TopicReader
) -> None:
    """Also on another replica, after a reconnect: the first record counts for every reader."""
    one, other = await start(), await start()
    sent_id = str(uuid.uuid4())
    async with one.chat() as chat:
        started = await chat.begin()
        first = await chat.say("Once", sent_id)
        again = await chat.say("Once", sent_id)
    async with other.chat(**resume_of(started)) as chat:
        await chat.begin()
        # Before it has read the first, it would write a second record, which readers drop.
        await chat.hears("Once")
        elsewhere = await chat.say("Once", sent_id)
        await chat.say("Twice")
        await chat.hears("Twice")

        assert first == again == elsewhere
        assert chat.texts() == ["Once", "Twice"]
    recorded = [c.message_recorded.message_id for c in await topics.content()]
    assert recorded.count(first["message_id"]) == 1


async def test_a_browser_sees_messages_in_the_order_of_their_partition(
    router: PlayedRouter, app: RunningApp, topics: TopicReader
) -> None:
    async with app.chat() as chat:
        started = await chat.begin()
        conversation_id = started["conversation_id"]
        key_id = (await topics.facts("contact_arrived"))[0].key_id
        place = await router.says(
            conversation_id, key_id, "Menu?", author=3, author_id="main", choices={"1": "Bills"}
        )
        shown = await chat.hears("Menu?")
        await chat.say("1")
        await router.says(conversation_id, key_id, "Hello, I am Ana")
        by_agent = await chat.hears("Hello, I am Ana")

        assert (shown["seq"], shown["author"]) == (place.offset, "flow")
        assert shown["choices"] == [{"value": "1", "label": "Bills"}]
        assert (by_agent["author"], by_agent["author_name"]) == ("agent", "ana")
        assert chat.texts() == ["Menu?", "1", "Hello, I am Ana"]
        numbers = [frame["seq"] for frame in chat.frames if frame["type"] == "message"]
        assert numbers == sorted(numbers)


async def test_a_resume_brings_what_was_missed_and_then_goes_on(
    router: PlayedRouter, start: Start, topics: TopicReader
) -> None:
    one = await start()
    async with one.chat() as chat:
        started = await chat.begin()
        conversation_id = started["conversation_id"]
        key_id = (await topics.facts("contact_arrived"))[0].key_id
        ack = await chat.say("Are you there?")
        await router.opens(started["contact_id"], conversation_id, key_id)
        await router.connects(started["contact_id"])
        await chat.state("connected")
    await router.says(conversation_id, key_id, "Yes")
    await router.says(conversation_id, key_id, "Still there?")
    await one.end()
    other = await start()
    async with other.chat(**resume_of(started, ack["seq"])) as chat:
        resumed = await chat.begin()
        missed = chat.texts()
        await router.says(conversation_id, key_id, "Third")
        await chat.hears("Third")
        state = await chat.state("connected")

    assert missed == ["Yes", "Still there?"]
    assert chat.frames.index(resumed) == 2
    assert resumed["complete"] is True
    assert state["agent_name"] == "ana"
    assert chat.texts() == ["Yes", "Still there?", "Third"]


async def test_the_states_of_a_chat_are_told(
    router: PlayedRouter, app: RunningApp, topics: TopicReader
) -> None:
    """A transfer is waiting again, and a message after the end opens the next contact."""
    async with app.chat() as chat:
        started = await chat.begin()
        contact_id, conversation_id = started["contact_id"], started["conversation_id"]
        await router.opens(contact_id, conversation_id)
        await chat.state("waiting")
        await router.connects(contact_id)
        await chat.state("connected")
        await router.opens("c2", conversation_id, by=3)
        await chat.state("waiting", after=3)
        await router.ends(contact_id)
        await router.connects("c2", "bob")
        connected = await chat.wait_for(lambda f: f.get("agent_name") == "bob")
        await router.ends("c2")
        ended = await chat.state("ended")
        await chat.say("One more thing")
        (fact,) = await topics.facts("customer_messaged")

    assert connected["contact_id"] == "c2"
    assert [f["state"] for f in chat.frames if f["type"] == "state"] == [
        "waiting",
        "connected",
        "waiting",
        "connected",
        "ended",
    ]
    assert ended["ended_by"] == "system"
    assert fact.contact_id == "c2"


async def test_how_long_it_takes_is_told_while_the_customer_waits(
    router: PlayedRouter, app: RunningApp
) -> None:
    """A range that is none is passed over; with an agent there is nothing to wait for."""
    async with app.chat() as chat:
        started = await chat.begin()
        contact_id = started["contact_id"]
        await router.opens(contact_id, started["conversation_id"])
        await router.estimates(contact_id, 9, 1)
        await router.estimates(contact_id, 120, 300)
        told = await chat.wait_for(lambda f: "wait" in f)
        async with app.chat(**resume_of(started)) as window:
            await window.begin()
            told_again = await window.state("waiting")
        await router.connects(contact_id)
        connected = await chat.state("connected")

    assert (told["state"], told["contact_id"]) == ("waiting", contact_id)
    assert (told["wait"]["low_seconds"], told["wait"]["high_seconds"]) == (120, 300)
    assert told["wait"]["told_at"] <= told["at"]
    assert told_again["wait"] == told["wait"]
    assert "wait" not in connected


async def test_typed_in_two_windows_a_message_is_shown_in_both(
    router: PlayedRouter, app: RunningApp
) -> None:
    async with app.chat() as one:
        started = await one.begin()
        async with app.chat(**resume_of(started)) as other:
            await other.begin()
            await one.say("From the first")
            shown = await other.hears("From the first")

    assert shown["author"] == "customer"


async def test_a_restart_sends_browsers_to_another_replica(
    router: PlayedRouter, app: RunningApp
) -> None:
    async with app.chat() as chat:
        await chat.begin()
        ending = asyncio.create_task(app.end())
        code = await chat.closed()
        await ending

    assert code == 1012


async def test_a_ping_is_answered(router: PlayedRouter, app: RunningApp) -> None:
    async with app.chat() as chat:
        await chat.begin()
        await chat.send({"type": "ping"})
        await eventually(lambda: {"type": "pong"} in chat.frames)


async def test_the_port_shows_a_page_with_a_widget(app: RunningApp) -> None:
    import aiohttp

    base = app.url.replace("ws:", "http:").removesuffix("/v1/chat")
    async with aiohttp.ClientSession() as session:
        for path, kind in (("/", "html"), ("/chat.js", "javascript"), ("/chat.css", "css")):
            async with session.get(base + path) as response:
                assert response.status == 200
                assert kind in response.headers["Content-Type"]
                assert "default-src 'self'" in response.headers["Content-Security-Policy"]
                assert await response.text()
