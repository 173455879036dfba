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
from chassis.rpc.interceptors import BearerToken, Guard
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

    Every call needs the service token, where one is set, unless `require_service_token` is
    false (a service whose clients are people checks them itself).
    """

    def __init__(
        self,
        settings: ServiceSettings,
        servicers: Sequence[Servicer],
        health: Health,
        *,
        require_service_token: bool = True,
        grace_seconds: float = 5.0,
    ) -> None:
        self._settings = settings
        self._servicers = tuple(servicers)
        self._health = health
        self._require_service_token = require_service_token
        self._grace_seconds = grace_seconds
        self._server: grpc.aio.Server | None = None
        self._health_servicer: Any = None
        self._names: list[str] = []
        self._stopped = asyncio.Event()
        self.port = settings.grpc_port

    async def start(self) -> None:
        """Listen; OSError when the port is taken."""
        server = grpc.aio.server(interceptors=self._interceptors(), options=self._options())
        names = _NamesOf(server)
        for add, servicer in self._servicers:
            add(servicer, names)
        self._names = names.names
        self._health_servicer = grpc_health.aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health_servicer, server)
        shown = (*self._names, grpc_health.SERVICE_NAME, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(shown, server)
        await self._tell_health()
        address = f"{self._settings.grpc_host}:{self._settings.grpc_port}"
        try:
            self.port = server.add_insecure_port(address)
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

    def _interceptors(self) -> list[Any]:
        interceptors: list[Any] = [Guard(self._settings.grpc_default_deadline_seconds)]
        token = self._settings.service_token.get_secret_value()
        if token and self._require_service_token:
            interceptors.append(BearerToken(token))
        return interceptors

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
    """Stands for the server while servicers are added, and notes their names."""

    def __init__(self, server: grpc.aio.Server) -> None:
        self._server = server
        self.names: list[str] = []

    def add_generic_rpc_handlers(self, handlers: Sequence[Any]) -> None:
        self.names += [handler.service_name() for handler in handlers]
        self._server.add_generic_rpc_handlers(handlers)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._server, name)
