"""The connection of an agent: begun, broken, resumed, and what becomes of commands meanwhile."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chassis.testing import eventually
from contact_center.v1 import agent_service_pb2 as work
from contact_center.v1 import routing_events_pb2 as routing
from contact_center_agent import AgentClient, AgentRefused, Channels, link
from contact_center_agent.backoff import Backoff

from .played_desk import PlayedDesk

OK = work.RESULT_CODE_OK


def answers(*codes: int | None) -> Callable[[work.WorkRequest], int | None]:
    """These in turn, then OK."""
    rest = list(codes)
    return lambda request: rest.pop(0) if rest else OK


async def test_a_broken_stream_is_resumed_after_the_last_step(desk: PlayedDesk) -> None:
    async with desk.client() as agent:
        await agent.connected()
        desk.say(step_number=41, agent_state_changed={"agent": {"session_number": 1}})
        await agent.expect("agent_state_changed")
        desk.break_stream()
        await agent.expect("connection_changed", lambda change: not change.is_connected)
        snapshot = await agent.expect("snapshot", lambda shown: shown.is_resumed)

        first, second = desk.hellos
        assert (first.resume_session_number, first.resume_after_step) == (0, 0)
        assert (second.resume_session_number, second.resume_after_step) == (1, 41)
        assert first.client_id == second.client_id != ""
        assert snapshot.agent.session_number == 2 == agent.session_number


async def test_a_command_whose_stream_broke_is_said_again_with_the_same_id(
    desk: PlayedDesk,
) -> None:
    desk.answer = answers(None)
    async with desk.client() as agent:
        await agent.connected()
        accepting = asyncio.create_task(agent.accept("o1"))
        await eventually(lambda: desk.said("accept_offer"))
        desk.break_stream()
        result = await accepting

        first, second = desk.said("accept_offer")
        assert first == second
        assert result.code == OK


@pytest.mark.parametrize("code", [work.RESULT_CODE_UNAVAILABLE, work.RESULT_CODE_UNKNOWN])
async def test_a_command_without_a_final_result_is_said_again(desk: PlayedDesk, code: int) -> None:
    desk.answer = answers(code, code)
    async with desk.client() as agent:
        await agent.connected()
        result = await agent.send("c1", "hello")

        assert result.code == OK
        assert len({c.command_id for c in desk.said("send_message")}) == 1
        assert len(desk.said("send_message")) == 3


async def test_a_command_that_was_not_done_and_then_said_again_may_have_been_done(
    desk: PlayedDesk,
) -> None:
    """The answer to the first time says nothing about the second."""
    desk.answer = answers(work.RESULT_CODE_UNAVAILABLE, None)
    async with desk.client() as agent:
        await agent.connected()
        request = work.WorkRequest(command_id="1", accept_offer=work.AcceptOffer(offer_id="o1"))
        result = await agent.command(request, within=3.0)

        assert len(desk.said("accept_offer")) == 2
        assert result.code == work.RESULT_CODE_UNKNOWN


async def test_what_is_said_about_one_contact_keeps_its_order_over_repeats(
    desk: PlayedDesk,
) -> None:
    desk.answer = answers(work.RESULT_CODE_UNAVAILABLE)
    async with desk.client() as agent:
        await agent.connected()
        await asyncio.gather(agent.send("c1", "one"), agent.send("c1", "two"))

        assert [c.send_message.text for c in desk.said("send_message")] == ["one", "one", "two"]


async def test_a_refused_command_is_not_said_again(desk: PlayedDesk) -> None:
    desk.answer = lambda request: work.RESULT_CODE_REJECTED
    async with desk.client() as agent:
        await agent.connected()
        result = await agent.accept("o1")

        assert result.code == work.RESULT_CODE_REJECTED
        assert len(desk.commands) == 1


async def test_a_command_said_once_is_unknown_when_its_stream_breaks(desk: PlayedDesk) -> None:
    desk.answer = answers(None)
    async with desk.client() as agent:
        await agent.connected()
        request = work.WorkRequest(command_id="1", accept_offer=work.AcceptOffer(offer_id="o1"))
        accepting = asyncio.create_task(agent.command(request, repeats=False))
        await eventually(lambda: desk.said("accept_offer"))
        desk.break_stream()
        result = await accepting

        assert result.code == work.RESULT_CODE_UNKNOWN
        assert len(desk.said("accept_offer")) == 1


async def test_a_command_before_the_first_stream_waits_for_it(desk: PlayedDesk) -> None:
    await desk.stop()
    async with desk.client() as agent:
        choosing = asyncio.create_task(agent.choose_presence("available"))
        await agent.expect("connection_changed", lambda change: not change.is_connected)
        await desk.start()

        assert (await choosing).code == OK


async def test_without_a_desk_nothing_was_done(desk: PlayedDesk) -> None:
    await desk.stop()
    async with desk.client() as agent:
        request = work.WorkRequest(command_id="1", accept_offer=work.AcceptOffer(offer_id="o1"))
        result = await agent.command(request, within=0.2)

        assert result.code == work.RESULT_CODE_UNAVAILABLE


async def test_offers_are_confirmed_when_shown_and_after_a_sign_in(desk: PlayedDesk) -> None:
    async with desk.client() as agent:
        await agent.connected()
        desk.say(step_number=2, offer_shown={"offer": {"offer_id": "o1"}})
        await eventually(lambda: desk.said("confirm_offer"))
        shown = work.Snapshot(agent=routing.AgentState(offers=[{"offer_id": "o2"}]))
        desk.say(step_number=3, snapshot=shown)
        await eventually(lambda: len(desk.said("confirm_offer")) == 2)

        assert [c.confirm_offer.offer_id for c in desk.commands] == ["o1", "o2"]


async def test_a_silent_desk_is_given_up(
    desk: PlayedDesk, other_desk: PlayedDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "PING_SECONDS", 0.05)
    monkeypatch.setattr(link, "SILENCE_SECONDS", 0.3)
    desk.is_deaf = True
    async with desk.client(other_desk) as agent:
        broken = await agent.expect("connection_changed", lambda change: not change.is_connected)
        await eventually(lambda: agent.address == other_desk.address)

        assert broken.detail == "the desk is silent"


async def test_each_stream_has_a_token_of_its_own(desk: PlayedDesk) -> None:
    tokens = iter(["first", "second"])
    async with desk.client(token=lambda: next(tokens)) as agent:
        await agent.connected()
        desk.break_stream()
        await eventually(lambda: len(desk.hellos) == 2)

    assert [m["authorization"] for m in desk.metadata] == ["Bearer first", "Bearer second"]


async def test_an_expired_token_is_replaced_by_a_fresh_one(desk: PlayedDesk) -> None:
    refusals = [(grpc.StatusCode.UNAUTHENTICATED, "expired")]
    desk.refusal = lambda: refusals.pop() if refusals else None

    async def token() -> str:
        return f"token-{len(desk.metadata)}"

    async with desk.client(token=token) as agent:
        await agent.connected()

    assert [m["authorization"] for m in desk.metadata] == ["Bearer token-0", "Bearer token-1"]


async def test_a_token_that_cannot_be_had_is_asked_for_again(desk: PlayedDesk) -> None:
    failures = [ConnectionError("the issuer is away")]

    def token() -> str:
        if failures:
            raise failures.pop()
        return "fine"

    async with desk.client(token=token) as agent:
        broken = await agent.expect("connection_changed")
        await agent.connected()

        assert broken.detail == "no token can be had now"


@pytest.mark.parametrize(
    ("code", "token"),
    [
        (grpc.StatusCode.NOT_FOUND, None),
        (grpc.StatusCode.PERMISSION_DENIED, None),
        (grpc.StatusCode.UNAUTHENTICATED, None),
        (grpc.StatusCode.UNAUTHENTICATED, lambda: "wrong"),
    ],
)
async def test_a_desk_that_says_no_is_not_asked_forever(
    desk: PlayedDesk, code: grpc.StatusCode, token: Any
) -> None:
    desk.refusal = lambda: (code, "not you")
    async with desk.client(token=token) as agent:
        with pytest.raises(AgentRefused, match="not you"):
            await agent.connected()
        with pytest.raises(AgentRefused):
            async for _ in agent.events():
                pass


async def test_streams_share_connections_when_told_to(desk: PlayedDesk) -> None:
    channels = Channels(streams_each=2)
    clients = [AgentClient([desk.address], f"a{n}", channels=channels) for n in range(3)]
    async with clients[0], clients[1], clients[2]:
        await asyncio.gather(*(client.connected() for client in clients))
        connections = len(channels._open)

    assert connections == 2
    assert channels._open == []


async def test_a_channel_can_be_of_tls(desk: PlayedDesk) -> None:
    key, certificate = _certificate()
    await desk.stop()
    desk.credentials = grpc.ssl_server_credentials([(key, certificate)])
    desk.address = ""
    await desk.start()
    address = desk.address.replace("127.0.0.1", "localhost")
    channels = Channels(grpc.ssl_channel_credentials(certificate))
    async with AgentClient([address], "ana", channels=channels, token=lambda: "t") as agent:
        await agent.connected()

        assert desk.metadata[-1]["authorization"] == "Bearer t"


async def test_a_message_is_new_once(desk: PlayedDesk) -> None:
    async with desk.client() as agent:
        await agent.connected()
        said = work.MessageShown(message_id="m1", text="hello")
        desk.say(conversation_shown=work.ConversationShown(contact_id="c1", messages=[said]))
        desk.say(message_shown=work.MessageShown(message_id="m2", text="again"))
        desk.say(conversation_shown=work.ConversationShown(contact_id="c1", messages=[said]))
        fresh = []
        async for event in agent.events():
            fresh += [message.text for message in agent.new_messages(event)]
            if len(fresh) == 2 and not agent._buffer:
                break

        assert fresh == ["hello", "again"]


def test_pauses_grow_and_are_bounded() -> None:
    backoff = Backoff(first=1.0, longest=4.0)
    pauses = [backoff.pause() for _ in range(20)]

    assert pauses[0] <= 1.0
    assert max(pauses) <= 4.0
    assert len(set(pauses)) > 10
    backoff.reset()
    assert backoff.pause() <= 1.0


def _certificate() -> tuple[bytes, bytes]:
    """A key and a self-signed certificate for localhost."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    return private, certificate.public_bytes(pem)
