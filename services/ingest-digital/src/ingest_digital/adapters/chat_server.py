"""The WebSocket server of the chats."""

import asyncio
import logging
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.typing import Origin

from chassis.kafka import FollowConsumer
from chassis.part import Part
from chassis.security.listening import check_listening
from chassis.security.tls import WebTls
from ingest_digital import metrics
from ingest_digital.adapters.chat_socket import ChatParts, ChatSocket
from ingest_digital.adapters.frames import MAX_FRAME_BYTES

CHAT_PATH = "/v1/chat"
PAGE = Path(__file__).parent / "page"
PAGES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/chat.js": ("chat.js", "text/javascript; charset=utf-8"),
    "/chat.css": ("chat.css", "text/css; charset=utf-8"),
}
TURNED_AWAY = {
    HTTPStatus.FORBIDDEN: "origin",
    HTTPStatus.NOT_FOUND: "path",
}
POLICY = "default-src 'self'; connect-src 'self' ws: wss:; frame-ancestors *"
QUEUED_FRAMES = 16

log = logging.getLogger(__name__)


class ChatServer(Part):
    """Listens for chats, and shows a small page with a widget to those who come with a browser."""

    def __init__(self, parts: ChatParts, followers: Sequence[FollowConsumer]) -> None:
        self._parts = parts
        self._followers = followers
        self._sockets: set[ChatSocket] = set()
        self._server: Server | None = None
        self._is_draining = False
        self.port = parts.settings.chat_port

    async def start(self) -> None:
        """Listen; `port` is the real one afterwards."""
        # The library logs requests and frames; what customers write belongs in no log.
        quiet = logging.getLogger("websockets")
        quiet.setLevel(logging.WARNING)
        settings = self._parts.settings
        check_listening(settings, settings.chat_host, "chat")
        # A browser that resumes must find what was said before.
        async with asyncio.timeout(settings.start_timeout_seconds):
            await asyncio.gather(*(follower.caught_up() for follower in self._followers))
        origins = [Origin(o.strip()) for o in settings.chat_allowed_origins.split(",") if o.strip()]
        self._server = await serve(
            self._handle,
            settings.chat_host,
            settings.chat_port,
            process_request=self._before_upgrade,
            process_response=self._count_refusal,
            origins=[*origins, None] if origins else None,
            compression=None,
            max_size=MAX_FRAME_BYTES,
            max_queue=QUEUED_FRAMES,
            server_header=None,
            ssl=WebTls(settings).context,
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        log.info("chat server listens", extra={"port": self.port})

    async def drain(self) -> None:
        """No new chats; those that are open are told to resume elsewhere."""
        self._is_draining = True
        if self._server is not None:
            self._server.close(close_connections=False)
        if self._sockets:
            await asyncio.gather(*(socket.drain() for socket in list(self._sockets)))

    async def stop(self) -> None:
        """Close what is still open."""
        self._is_draining = True
        if self._server is not None:
            self._server.close(code=1012, reason="the service restarts, resume")
            for socket in list(self._server.connections):
                await socket.close(1012, "the service restarts, resume")
            await self._server.wait_closed()

    async def _handle(self, connection: ServerConnection) -> None:
        socket = ChatSocket(connection, self._parts)
        self._sockets.add(socket)
        metrics.SOCKETS.set(len(self._sockets))
        try:
            await socket.run()
        finally:
            self._sockets.discard(socket)
            metrics.SOCKETS.set(len(self._sockets))

    def _before_upgrade(self, connection: ServerConnection, request: Request) -> Response | None:
        path = request.path.partition("?")[0]
        if path in PAGES:
            return _page(*PAGES[path])
        if path != CHAT_PATH:
            return connection.respond(HTTPStatus.NOT_FOUND, "chats are at /v1/chat\n")
        if self._is_draining or len(self._sockets) >= self._parts.settings.chat_max_connections:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "full, try again\n")
        return None

    def _count_refusal(
        self, connection: ServerConnection, request: Request, response: Response
    ) -> None:
        """Who is turned away here is in no other number."""
        status = response.status_code
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            reason = "stopping" if self._is_draining else "full"
        elif status >= HTTPStatus.BAD_REQUEST:
            reason = TURNED_AWAY.get(HTTPStatus(status), "handshake")
        else:
            return
        metrics.CHAT_REFUSED.labels(reason).inc()


def _page(name: str, content_type: str) -> Response:
    body = (PAGE / name).read_bytes()
    headers = Headers(
        [
            ("Content-Type", content_type),
            ("Content-Length", str(len(body))),
            ("Content-Security-Policy", POLICY),
            ("X-Content-Type-Options", "nosniff"),
            ("Connection", "close"),
        ]
    )
    return Response(HTTPStatus.OK.value, "OK", headers, body)
