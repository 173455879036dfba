"""The HTTP server for operators: /metrics, /livez, /readyz."""

import logging

from aiohttp import web
from prometheus_client import REGISTRY
from prometheus_client.exposition import choose_encoder

from chassis.part import Part
from chassis.telemetry.health import Health

log = logging.getLogger(__name__)


class AdminServer(Part):
    """Says how the process is; holds nothing that needs a secret."""

    def __init__(self, host: str, port: int, health: Health) -> None:
        self._host = host
        self._wanted_port = port
        self._health = health
        self._runner: web.AppRunner | None = None
        self.port = port

    async def start(self) -> None:
        """Listen; `port` is the real one afterwards."""
        app = web.Application(client_max_size=1024)
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/livez", self._livez)
        app.router.add_get("/readyz", self._readyz)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._wanted_port).start()
        self.port = self._runner.addresses[0][1]
        log.info("admin server listens", extra={"server.address": self._host, "port": self.port})

    async def stop(self) -> None:
        """Close every connection."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _metrics(self, request: web.Request) -> web.Response:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(REGISTRY), headers={"Content-Type": content_type})

    async def _livez(self, request: web.Request) -> web.Response:
        return _verdict(await self._health.not_alive())

    async def _readyz(self, request: web.Request) -> web.Response:
        return _verdict(await self._health.not_ready())


def _verdict(failing: dict[str, str]) -> web.Response:
    if failing:
        return web.json_response({"status": "failing", "failing": failing}, status=503)
    return web.json_response({"status": "ok"})
