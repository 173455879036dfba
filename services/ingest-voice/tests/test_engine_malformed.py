"""Bytes on the SIP port that are no SIP, or no use: the engine counts them and goes on."""

import socket

from engine_harness import HOST, running_engine
from prometheus_client import REGISTRY

from chassis.testing import eventually
from ingest_voice.domain.engine_events import (
    CallOffered,
)
from local_stack.phone.process import phone

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
