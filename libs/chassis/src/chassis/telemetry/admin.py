"""The HTTP server for operators: /metrics, /livez, /readyz."""

import logging
from typing import Protocol

from aiohttp import web
from prometheus_client import REGISTRY
from prometheus_client.exposition import choose_encoder

from chassis.part import Part
from chassis.security.caller import Caller
from chassis.security.door import Door
from chassis.security.listening import check_listening
from chassis.security.tls import WebTls
from chassis.security.verifier import verifier_of
from chassis.settings import ServiceSettings
from chassis.telemetry import metrics
from chassis.telemetry.health import Health

METRICS_ROLES = frozenset({"service", "admin"})

log = logging.getLogger(__name__)


class Trail(Protocol):
    """Where it is written who was kept out of what, such as an AuditTrail."""

    def refused(self, method: str, reason: str, caller: Caller | None) -> None: ...


class AdminServer(Part):
    """Says how the process is, with TLS where there is a certificate.

    /livez and /readyz are open to all; /metrics is, unless ADMIN_TOKEN_NEEDED. Who is kept out
    is counted, logged, and written to the `trail` of a service that has one.
    """

    trail: Trail | None = None

    def __init__(self, settings: ServiceSettings, health: Health) -> None:
        self._settings = settings
        self._host = settings.admin_host
        self._wanted_port = settings.admin_port
        self._health = health
        self._door: Door | None = None
        self._runner: web.AppRunner | None = None
        self.port = settings.admin_port

    async def start(self) -> None:
        """Listen; `port` is the real one afterwards. UnsafeSettings: others could listen in."""
        check_listening(self._settings, self._host, "the admin server")
        if self._settings.admin_token_needed:
            self._door = Door(verifier_of(self._settings), METRICS_ROLES, self._kept_out)
        app = web.Application(client_max_size=1024)
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/livez", self._livez)
        app.router.add_get("/readyz", self._readyz)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(
            self._runner,
            self._host,
            self._wanted_port,
            ssl_context=WebTls(self._settings).context,
        ).start()
        self.port = self._runner.addresses[0][1]
        log.info("admin server listens", extra={"server.address": self._host, "port": self.port})

    async def stop(self) -> None:
        """Close every connection."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _metrics(self, request: web.Request) -> web.Response:
        if self._door is not None:
            try:
                await self._door.check(request)
            except web.HTTPException as refused:
                metrics.ADMIN_REFUSED.labels(str(refused.status)).inc()
                log.warning("metrics refused", extra={"reason": refused.text})
                raise
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(REGISTRY), headers={"Content-Type": content_type})

    def _kept_out(self, reason: str, caller: Caller | None) -> None:
        if self.trail is not None:
            self.trail.refused("/metrics", reason, caller)

    async def _livez(self, request: web.Request) -> web.Response:
        return _verdict(await self._health.not_alive())

    async def _readyz(self, request: web.Request) -> web.Response:
        return _verdict(await self._health.not_ready())


def _verdict(failing: dict[str, str]) -> web.Response:
    if failing:
        return web.json_response({"status": "failing", "failing": failing}, status=503)
    return web.json_response({"status": "ok"})
