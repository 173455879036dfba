"""TLS from files: rotated during a stream, with and without certificates of the clients."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import grpc
import grpc.aio
import pytest
import trustme
from cryptography import x509
from prometheus_client import REGISTRY

from chassis.rpc import GrpcChannel, GrpcServer
from chassis.security import development_token
from chassis.security.caller import Caller
from chassis.security.listening import UnsafeSettings
from chassis.settings import ServiceSettings
from chassis.telemetry import AdminServer, Health
from chassis.testing import eventually, running

LOOPBACK = "127.0.0.1"


def kept_out(code: str) -> float:
    return REGISTRY.get_sample_value("admin_refused_total", {"code": code}) or 0.0


def services_only(method: str) -> frozenset[str]:
    return frozenset({"service"})


async def count(request: bytes, context: Any) -> AsyncIterator[bytes]:
    number = 0
    while True:
        number += 1
        yield str(number).encode()
        await asyncio.sleep(0.02)


def add_counter(_: Any, server: Any) -> None:
    handlers = {"Count": grpc.unary_stream_rpc_method_handler(count)}
    handler = grpc.method_handlers_generic_handler("tests.Counter", handlers)
    server.add_generic_rpc_handlers((handler,))


class Certificates:
    """An authority whose certificate for this machine lies in files."""

    def __init__(self, folder: Path) -> None:
        self.authority = trustme.CA()
        self.cert, self.key, self.ca = (folder / name for name in ("cert.pem", "key.pem", "ca.pem"))
        self.authority.cert_pem.write_to_path(self.ca)
        self.issue()

    def issue(self) -> int:
        """Write a new one; its serial number."""
        issued = self.authority.issue_cert(LOOPBACK, "localhost")
        _replace(self.key, issued.private_key_pem.bytes())
        _replace(self.cert, b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        return _serial(issued.cert_chain_pems[0].bytes())

    def settings(self, **more: Any) -> ServiceSettings:
        files = {"tls_cert_file": self.cert, "tls_key_file": self.key, "tls_ca_file": self.ca}
        return ServiceSettings(**{**files, **more})


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path)


@pytest.fixture
def health() -> Health:
    health = Health()
    health.started()
    return health


async def test_a_rotated_certificate_serves_new_connections_and_streams_go_on(
    certificates: Certificates, health: Health
):
    settings = certificates.settings()
    server = GrpcServer(settings, [(add_counter, None)], health, roles=services_only)
    async with (
        running(server),
        running(GrpcChannel(settings, f"localhost:{server.port}")) as channel,
    ):
        stream = channel.channel.unary_stream("/tests.Counter/Count")(b"", timeout=60)
        first = int(await stream.read())
        before = await asyncio.to_thread(_shown, server.port, certificates)
        new = certificates.issue()
        after = await eventually(lambda: _shows(server.port, certificates, new))
        so_far = [int(await stream.read()) for _ in range(5)]

    assert before != new
    assert after
    assert so_far == list(range(first + 1, first + 6))


async def test_half_of_a_new_pair_changes_nothing(certificates: Certificates, health: Health):
    settings = certificates.settings()
    server = GrpcServer(settings, [(add_counter, None)], health, roles=services_only)
    async with running(server):
        before = await asyncio.to_thread(_shown, server.port, certificates)
        _replace(certificates.key, trustme.CA().issue_cert("x").private_key_pem.bytes())

        assert await asyncio.to_thread(_shown, server.port, certificates) == before


async def test_who_has_no_certificate_of_the_authority_does_not_get_in(
    certificates: Certificates, health: Health, tmp_path: Path
):
    settings = certificates.settings(tls_client_ca_file=certificates.ca)
    nameless = SimpleNamespace(tls_ca_file=certificates.ca, tls_cert_file=None, tls_key_file=None)
    server = GrpcServer(settings, [(add_counter, None)], health, roles=services_only)
    bare = settings.model_copy(update=vars(nameless))
    async with running(server):
        async with running(GrpcChannel(settings, f"localhost:{server.port}")) as known:
            stream = known.channel.unary_stream("/tests.Counter/Count")(b"", timeout=10)
            assert await stream.read() == b"1"
        async with running(GrpcChannel(bare, f"localhost:{server.port}")) as unknown:
            stream = unknown.channel.unary_stream("/tests.Counter/Count")(b"", timeout=10)
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await stream.read()
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_server_of_another_authority_is_not_believed(
    certificates: Certificates, health: Health, tmp_path: Path
):
    (tmp_path / "other").mkdir()
    other = Certificates(tmp_path / "other")
    server = GrpcServer(certificates.settings(), [(add_counter, None)], health, roles=services_only)
    async with (
        running(server),
        running(GrpcChannel(other.settings(), f"localhost:{server.port}")) as channel,
    ):
        stream = channel.channel.unary_stream("/tests.Counter/Count")(b"", timeout=10)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stream.read()

    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_the_web_server_takes_up_a_rotated_certificate(
    certificates: Certificates, health: Health
):
    async with running(AdminServer(certificates.settings(), health)) as admin:
        new = certificates.issue()
        shown = await asyncio.to_thread(_shown, admin.port, certificates)
        context = ssl.create_default_context(cafile=certificates.ca)
        url = f"https://localhost:{admin.port}/readyz"
        async with aiohttp.ClientSession() as session, session.get(url, ssl=context) as response:
            status = response.status

    assert (shown, status) == (new, 200)


async def test_metrics_are_for_those_with_a_token_where_it_is_said(health: Health):
    written: list[tuple[str, str, str]] = []

    class Trail:
        def refused(self, method: str, reason: str, caller: Caller | None) -> None:
            written.append((method, reason, caller.subject if caller else ""))

    async with running(AdminServer(ServiceSettings(admin_token_needed=True), health)) as admin:
        admin.trail = Trail()
        url = f"http://{LOOPBACK}:{admin.port}"
        async with aiohttp.ClientSession() as session:

            async def status(path: str, role: str = "") -> int:
                token = development_token(role, "prometheus", "main") if role else ""
                headers = {"Authorization": f"Bearer {token}"} if token else {}
                async with session.get(url + path, headers=headers) as response:
                    return response.status

            before = kept_out("401"), kept_out("403")
            assert await status("/metrics") == 401
            assert await status("/metrics", "agent") == 403
            assert (kept_out("401"), kept_out("403")) == tuple(count + 1 for count in before)
            assert await status("/metrics", "admin") == 200
            assert await status("/readyz") == await status("/livez") == 200
    assert written == [("/metrics", "missing", ""), ("/metrics", "role", "prometheus")]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"grpc_host": "0.0.0.0", "development_issuer_key_file": None}, "without TLS"),
        (
            {"grpc_host": "0.0.0.0", "tls_terminated_in_front": True},
            "development issuer count only on loopback",
        ),
        ({"development_issuer_key_file": None}, "set OIDC_ISSUER"),
        ({"tls_client_ca_file": Path("ca.pem")}, "would speak in clear"),
        ({"tls_key_file": Path("key.pem")}, "would speak in clear"),
        ({"tls_cert_file": Path("cert.pem")}, "TLS_CERT_FILE and TLS_KEY_FILE go together"),
    ],
)
async def test_an_open_door_does_not_start(health: Health, settings: dict[str, Any], says: str):
    unsafe = ServiceSettings().model_copy(update=settings)
    with pytest.raises(UnsafeSettings, match=says):
        await GrpcServer(unsafe, [(add_counter, None)], health, roles=services_only).start()


async def test_the_admin_server_does_not_listen_to_others_in_clear(health: Health):
    unsafe = {"admin_host": "0.0.0.0", "development_issuer_key_file": None}
    with pytest.raises(UnsafeSettings, match="the admin server listens on"):
        await AdminServer(ServiceSettings().model_copy(update=unsafe), health).start()


async def test_a_method_without_a_role_does_not_start(health: Health):
    with pytest.raises(UnsafeSettings, match="no role is declared for"):
        await GrpcServer(ServiceSettings(), [(add_counter, None)], health).start()


def _replace(path: Path, content: bytes) -> None:
    """As Kubernetes and certbot do it: the old file or the new one, never half."""
    scratch = path.with_suffix(".new")
    scratch.write_bytes(content)
    scratch.replace(path)


def _serial(pem: bytes) -> int:
    return x509.load_pem_x509_certificate(pem).serial_number


def _shown(port: int, certificates: Certificates) -> int:
    """The serial number of the certificate that a new connection is shown."""
    pem = ssl.get_server_certificate((LOOPBACK, port), ca_certs=str(certificates.ca), timeout=10)
    return _serial(pem.encode())


async def _shows(port: int, certificates: Certificates, serial: int) -> bool:
    return await asyncio.to_thread(_shown, port, certificates) == serial
