"""Bytes on the SIP port that are no SIP, or no use: the engine counts them and goes on."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from engine_harness import HOST, running_engine
from prometheus_client import REGISTRY

from chassis.testing import eventually
from ingest_voice.domain.engine_events import (
    CallOffered,
)
from local_stack.phone.process import phone
from local_stack.ports import free_ports

MALFORMED = (
    b"",
    b"\r\n\r\n",
    b"\x00\xff" * 700,
    b"INVITE\r\n\r\n",
    b"INVITE sip:1@127.0.0.1 SIP/2.0\r\n\r\n",
    b"INVITE sip:1@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP \r\nCSeq: x\r\nContent-Length: -5\r\n\r\n",
    b"INVITE sip:1@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK1\r\n"
    b"From: <sip:a@b>;tag=1\r\nTo: <sip:1@127.0.0.1>\r\nCall-ID: bad\r\nCSeq: 1 INVITE\r\n"
    b"Contact: <sip:a@127.0.0.1:9>\r\nContent-Type: application/sdp\r\nContent-Length: 9\r\n\r\n"
    b"v=0\r\nm=\xff",
    b"BYE sip:1@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK2\r\n"
    b"From: <sip:a@b>;tag=1\r\nTo: <sip:1@127.0.0.1>;tag=2\r\nCall-ID: none\r\nCSeq: 2 BYE\r\n\r\n",
    b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK3\r\nCSeq: 1 INVITE\r\n\r\n",
    b"A" * 60000,
)


async def test_malformed_sip_harms_nothing_and_is_counted():
    def undecodable() -> float:
        return REGISTRY.get_sample_value("ingest_voice_sip_undecodable_total") or 0.0

    before = undecodable()
    async with running_engine() as voice:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for datagram in MALFORMED:
                sender.sendto(datagram, (HOST, voice.port))
        with socket.create_connection((HOST, voice.port)) as stream:
            stream.sendall(b"\x16\x03\x01" + b"\xff" * 5000)
        async with phone("call", voice.address("+49"), "--user", "after") as customer:
            offered = await voice.event(CallOffered, lambda e: "after@" in e.from_uri)
            await voice.engine.answer(offered.call_key)

            await customer.event("answered")
            assert voice.failures == []
        # The others are SIP, if of no use to anybody.
        await eventually(lambda: undecodable() - before == 5)


OFFER = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=audio 40000 RTP/AVP 0\r\n"
)
# The first is cut off, the second is no SDP at all, nor is the third, of 60 kB.
NO_OFFERS = (b"v=0\r\nm=\xff", b"garbage", b"\xff\x00" * 30_000)


class Caller:
    """A peer that sends INVITEs as bytes, by UDP or TCP, and reads what is answered."""

    def __init__(self, wire: socket.socket, transport: str) -> None:
        self._wire, self._transport = wire, transport
        self._calls = 0

    def invite(self, offer: bytes) -> bytes:
        self._calls += 1
        port = self._wire.getsockname()[1]
        lines = (
            "INVITE sip:1@127.0.0.1 SIP/2.0",
            f"Via: SIP/2.0/{self._transport} 127.0.0.1:{port};branch=z9hG4bK{port}n{self._calls}",
            "From: <sip:+49@127.0.0.1>;tag=1",
            "To: <sip:1@127.0.0.1>",
            f"Call-ID: {port}-{self._calls}",
            "CSeq: 1 INVITE",
            f"Contact: <sip:+49@127.0.0.1:{port}>",
            "Content-Type: application/sdp",
            f"Content-Length: {len(offer)}",
        )
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + offer

    async def final_answer(self, request: bytes) -> str:
        """The status line, of this request and not of an earlier one that is repeated."""
        self._wire.sendall(request)
        call_id = request.partition(b"Call-ID:")[2].partition(b"\r\n")[0]
        while True:
            answer = await asyncio.to_thread(self._wire.recv, 4096)
            if call_id in answer and not answer.startswith(b"SIP/2.0 1"):
                return answer.partition(b"\r\n")[0].decode()


@contextmanager
def caller(port: int, transport: str) -> Iterator[Caller]:
    kind = socket.SOCK_DGRAM if transport == "UDP" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as wire:
        wire.settimeout(20)
        wire.connect((HOST, port))
        yield Caller(wire, transport)


def calls(outcome: str) -> float:
    return REGISTRY.get_sample_value("ingest_voice_calls_total", {"outcome": outcome}) or 0.0


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
async def test_an_offer_that_cannot_be_read_is_not_acceptable_and_counted_once(transport: str):
    before = calls("malformed_offer")
    async with running_engine() as voice:
        with caller(voice.port, transport) as peer:
            for offer in NO_OFFERS:
                request = peer.invite(offer)
                first = await peer.final_answer(request)

                assert first.startswith("SIP/2.0 488 ")
                if transport == "UDP":
                    # A datagram that was lost is sent again, and answered alike.
                    assert await peer.final_answer(request) == first
        async with phone("call", voice.address("+49"), "--user", "after") as customer:
            offered = await voice.event(CallOffered)
            await voice.engine.answer(offered.call_key)
            await customer.event("answered")
        assert "after@" in offered.from_uri
        assert voice.failures == []
    assert calls("malformed_offer") == before + len(NO_OFFERS)


async def test_a_stack_without_a_port_left_is_not_the_callers_fault():
    before = calls("stack_failed"), calls("malformed_offer")
    (low,) = free_ports(1)
    low -= low % 2
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("", low))
        async with running_engine(rtp_ports=f"{low}-{low + 1}") as voice:
            with caller(voice.port, "UDP") as peer:
                answered = await peer.final_answer(peer.invite(OFFER))

    assert answered.startswith("SIP/2.0 500 ")
    assert (calls("stack_failed"), calls("malformed_offer")) == (before[0] + 1, before[1])


async def test_an_offer_for_another_kind_of_network_is_not_acceptable_and_counted():
    before = calls("no_common_address")
    async with running_engine() as voice:
        with caller(voice.port, "UDP") as peer:
            offer = OFFER.replace(b"IP4 127.0.0.1", b"IP6 ::1")
            answered = await peer.final_answer(peer.invite(offer))

        assert answered.startswith("SIP/2.0 488 ")
        await eventually(lambda: calls("no_common_address") == before + 1)
