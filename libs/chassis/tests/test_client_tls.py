"""What we show and trust when we call others is read again: gRPC, and all that asyncio connects."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
import trustme
from cryptography import x509

from chassis.kafka import tls_context
from chassis.postgres import login
from chassis.rpc import GrpcChannel, GrpcServer
from chassis.security.client_tls import ClientTls
from chassis.settings import ServiceSettings
from chassis.telemetry import Health
from chassis.testing import eventually, running

from .test_tls import LOOPBACK, Certificates, _replace, services_only


@pytest.fixture
def ours(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path)


async def who(request: bytes, context: Any) -> bytes:
    return context.auth_context()["x509_pem_cert"][0]


async def who_again(request: bytes, context: Any) -> AsyncIterator[bytes]:
    while True:
        yield await who(request, context)
        await asyncio.sleep(0.02)


def add_mirror(_: Any, server: Any) -> None:
    handlers = {
        "Who": grpc.unary_unary_rpc_method_handler(who),
        "WhoAgain": grpc.unary_stream_rpc_method_handler(who_again),
    }
    handler = grpc.method_handlers_generic_handler("tests.Mirror", handlers)
    server.add_generic_rpc_handlers((handler,))


async def test_a_client_shows_its_new_certificate_and_its_streams_go_on(ours: Certificates):
    settings = ours.settings(tls_client_ca_file=ours.ca)
    server = GrpcServer(settings, [(add_mirror, None)], ready(), roles=services_only)
    async with (
        running(server),
        running(GrpcChannel(settings, f"localhost:{server.port}")) as channel,
    ):
        ask = channel.channel.unary_unary("/tests.Mirror/Who")
        stream = channel.channel.unary_stream("/tests.Mirror/WhoAgain")(b"", timeout=60)
        before = serial(await stream.read())
        assert serial(await ask(b"", timeout=10)) == before
        new = ours.issue()

        async def is_shown() -> bool:
            return serial(await ask(b"", timeout=10)) == new

        assert await eventually(is_shown, within=10)
        assert {serial(await stream.read()) for _ in range(5)} == {before}


async def test_half_of_a_new_pair_is_not_shown(ours: Certificates):
    settings = ours.settings(tls_client_ca_file=ours.ca)
    server = GrpcServer(settings, [(add_mirror, None)], ready(), roles=services_only)
    async with running(server), running(GrpcChannel(settings, f"localhost:{server.port}")) as ch:
        ask = ch.channel.unary_unary("/tests.Mirror/Who")
        before = serial(await ask(b"", timeout=10))
        _replace(ours.key, trustme.CA().issue_cert("x").private_key_pem.bytes())
        ch.channel._looked_at = 0.0

        assert serial(await ask(b"", timeout=10)) == before


@pytest.mark.parametrize("kind", ["kafka", "postgres", "web"])
async def test_each_new_connection_trusts_and_shows_what_the_files_hold(
    kind: str, ours: Certificates, tmp_path: Path
):
    """The contexts that Kafka's and Postgres' clients are given, at a server of asyncio."""
    context = context_for(kind, ours)
    seen: list[int] = []
    first = await shown_to(ours.authority, ours.authority, context, seen)
    new = ours.issue()
    second = await shown_to(ours.authority, ours.authority, context, seen)
    other = trustme.CA()
    with pytest.raises(ssl.SSLCertVerificationError):
        await shown_to(other, ours.authority, context, seen)
    _replace(ours.ca, other.cert_pem.bytes())
    third = await shown_to(other, ours.authority, context, seen)

    assert first and second and third
    if kind != "postgres":
        assert seen[0] != new and seen[1:] == [new, new]


def context_for(kind: str, ours: Certificates) -> ssl.SSLContext:
    files = {"kafka_ca_file": ours.ca, "kafka_cert_file": ours.cert, "kafka_key_file": ours.key}
    if kind == "kafka":
        return tls_context(ServiceSettings(**files))
    if kind == "postgres":
        found: ssl.SSLContext = login(ServiceSettings(database_ca_file=ours.ca))["ssl"]
        return found
    return ClientTls(ours.ca, ours.cert, ours.key)


async def shown_to(
    serving: trustme.CA, trusted: trustme.CA, context: ssl.SSLContext, seen: list[int]
) -> bool:
    """Connect to a server of one authority that notes certificates of the other."""
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.issue_cert("localhost").configure_cert(server_context)
    trusted.configure_trust(server_context)
    server_context.verify_mode = ssl.CERT_OPTIONAL

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        certificate = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        if certificate:
            seen.append(x509.load_der_x509_certificate(certificate).serial_number)
        writer.write(b"hello")
        writer.close()

    server = await asyncio.start_server(greet, LOOPBACK, 0, ssl=server_context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("localhost", port, ssl=context)
        heard = await reader.read()
        writer.close()
    return heard == b"hello"


def serial(pem: bytes) -> int:
    return x509.load_pem_x509_certificate(pem).serial_number


def ready() -> Health:
    health = Health()
    health.started()
    return health
