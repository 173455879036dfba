"""A gRPC server with health, reflection, deadlines and an orderly end."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

import grpc.aio
from grpc_health.v1 import health as grpc_health
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from chassis.part import Part
from chassis.rpc.access import Access
from chassis.rpc.audit import NOTHING, AuditTrail, declared_audit
from chassis.rpc.interceptors import Guard
from chassis.rpc.roles import Roles, declared_roles, roles_of_all
from chassis.security.listening import UnsafeSettings, check_listening
from chassis.security.tls import server_credentials
from chassis.security.verifier import verifier_of
from chassis.settings import ServiceSettings
from chassis.telemetry.health import Health

Servicer = tuple[Callable[[Any, Any], None], Any]
"""The generated `add_XServicer_to_server` and the servicer to add."""

HEALTH_SECONDS = 0.5
KEEPALIVE_MS = 20_000
AGE_GRACE_MS = 30_000

log = logging.getLogger(__name__)


class GrpcServer(Part):
    """Serves the servicers; `port` is the real one after the start.

    Every call needs a token of an issuer that the settings name, with a role that `roles` says
    for the method; a method without roles, or an address open to others without TLS, is an
    UnsafeSettings at the start. Health and reflection are open to all. `trail` is where calls
    are written that the contract says must be; without it such a method does not start.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        servicers: Sequence[Servicer],
        health: Health,
        *,
        roles: Roles = declared_roles,
        trail: AuditTrail | None = None,
        grace_seconds: float = 5.0,
    ) -> None:
        self._settings = settings
        self._servicers = tuple(servicers)
        self._health = health
        self._roles = roles
        self._trail = trail
        self._grace_seconds = grace_seconds
        self._server: grpc.aio.Server | None = None
        self._health_servicer: Any = None
        self._names: list[str] = []
        self._stopped = asyncio.Event()
        self.port = settings.grpc_port

    async def start(self) -> None:
        """Listen; OSError when the port is taken, UnsafeSettings when it would not be safe."""
        check_listening(self._settings, self._settings.grpc_host, "gRPC")
        names = _NamesOf()
        for add, servicer in self._servicers:
            add(servicer, names)
        self._names = names.names
        guards = self._interceptors(names.methods)
        server = grpc.aio.server(interceptors=guards, options=self._options())
        server.add_generic_rpc_handlers(names.handlers)
        self._health_servicer = grpc_health.aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health_servicer, server)
        shown = (*self._names, grpc_health.SERVICE_NAME, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(shown, server)
        await self._tell_health()
        address = f"{self._settings.grpc_host}:{self._settings.grpc_port}"
        try:
            self.port = self._open(server, address)
        except RuntimeError as error:
            raise OSError(f"cannot listen on {address}") from error
        await server.start()
        self._server = server
        log.info("grpc server listens", extra={"server.address": address, "port": self.port})

    async def run(self) -> None:
        """Keep the health service telling the process' readiness."""
        while not self._stopped.is_set():
            await self._tell_health()
            try:
                async with asyncio.timeout(HEALTH_SECONDS):
                    await self._stopped.wait()
            except TimeoutError:
                continue

    async def stop(self) -> None:
        """Refuse new calls, give those that run the grace, then cancel them."""
        self._stopped.set()
        if self._server is None:
            return
        server, self._server = self._server, None
        await self._health_servicer.enter_graceful_shutdown()
        await server.stop(self._grace_seconds)

    def _interceptors(self, methods: Sequence[str]) -> list[Any]:
        guard = Guard(self._settings.grpc_default_deadline_seconds)
        if not methods:
            return [guard]
        roles = roles_of_all(methods, self._roles)
        audits = {method: declared_audit(method) for method in methods}
        unseen = sorted(method for method, audit in audits.items() if audit not in ("", NOTHING))
        if unseen and self._trail is None:
            raise UnsafeSettings(f"nobody would write down the calls of {', '.join(unseen)}")
        return [guard, Access(verifier_of(self._settings), roles, self._trail, audits)]

    def _open(self, server: grpc.aio.Server, address: str) -> int:
        credentials = server_credentials(self._settings)
        if credentials is None:
            return int(server.add_insecure_port(address))
        return int(server.add_secure_port(address, credentials))

    def _options(self) -> list[tuple[str, int]]:
        settings = self._settings
        return [
            # A second process on the same port shall fail, not share the calls.
            ("grpc.so_reuseport", 0),
            ("grpc.max_receive_message_length", settings.grpc_max_message_bytes),
            ("grpc.max_send_message_length", settings.grpc_max_message_bytes),
            ("grpc.keepalive_time_ms", KEEPALIVE_MS),
            ("grpc.keepalive_timeout_ms", 10_000),
            ("grpc.http2.min_recv_ping_interval_without_data_ms", 5_000),
            ("grpc.keepalive_permit_without_calls", 1),
            ("grpc.max_connection_age_ms", int(settings.grpc_max_connection_age_seconds * 1000)),
            ("grpc.max_connection_age_grace_ms", AGE_GRACE_MS),
        ]

    async def _tell_health(self) -> None:
        failing = await self._health.not_ready()
        status = health_pb2.HealthCheckResponse
        now = status.NOT_SERVING if failing else status.SERVING
        for name in ("", *self._names):
            await self._health_servicer.set(name, now)


class _NamesOf:
    """Stands for the server while servicers are added, and notes what they serve."""

    def __init__(self) -> None:
        self.handlers: list[Any] = []
        self.names: list[str] = []
        self.methods: list[str] = []

    def add_generic_rpc_handlers(self, handlers: Sequence[Any]) -> None:
        self.handlers += handlers
        self.names += [handler.service_name() for handler in handlers]
        self.methods += [method for handler in handlers for method in handler._method_handlers]

    def add_registered_method_handlers(self, service_name: str, handlers: Any) -> None:
        """The same ones again, in a form that only speeds up finding them."""
