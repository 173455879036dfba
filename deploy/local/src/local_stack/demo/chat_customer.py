"""A customer in a web chat: a WebSocket client that resumes and resends, as a browser would."""

import asyncio
import json
import ssl
import time
import uuid
from collections.abc import Callable
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

WAIT_SECONDS = 30.0
Frame = dict[str, Any]


class ChatRefused(Exception):
    """The server answered with an error frame or closed the socket; says code and reason."""


class ChatCustomer:
    """One chat. Use as an async context manager around `start`, `say`, `hear`, `leave`."""

    def __init__(
        self,
        url: str,
        *,
        entry_point: str = "web",
        visitor_id: str | None = None,
        identity_token: str | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.url = url
        self._tls = tls
        self.entry_point = entry_point
        self.visitor_id = visitor_id or f"visitor-{uuid.uuid4()}"
        self.identity_token = identity_token
        self.contact_id = ""
        self.conversation_id = ""
        self.token = ""
        self.last_seq = -1
        # When the start was acknowledged, by the process's own steady clock.
        self.accepted_at = 0.0
        self.frames: list[Frame] = []
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._arrived = asyncio.Condition()
        self._closed: str | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.drop()

    async def start(self) -> None:
        """Begin the chat; returns when the server has accepted it.

        Raises ChatRefused, or TimeoutError.
        """
        first: Frame = {
            "type": "start",
            "entry_point": self.entry_point,
            "start_id": str(uuid.uuid4()),
            "visitor_id": self.visitor_id,
        }
        if self.identity_token:
            first["identity_token"] = self.identity_token
        await self._open(first)
        started = await self.frame(lambda f: f["type"] == "started")
        self.accepted_at = started["received_at"]
        self.contact_id = started["contact_id"]
        self.conversation_id = started["conversation_id"]
        self.token = started["token"]

    async def try_start(self) -> bool:
        """Begin the chat; False when it is refused."""
        try:
            await self.start()
        except ChatRefused:
            return False
        return True

    async def resume(self) -> None:
        """Come back after `drop`; what was missed is in `frames` when this returns."""
        await self._open(
            {
                "type": "resume",
                "conversation_id": self.conversation_id,
                "token": self.token,
                "last_seq": self.last_seq,
            }
        )
        await self.frame(lambda f: f["type"] == "resumed")

    async def say(self, text: str, *, client_msg_id: str | None = None) -> Frame:
        """Send a message; returns its acknowledgement."""
        message_id = client_msg_id or str(uuid.uuid4())
        await self._send({"type": "message", "client_msg_id": message_id, "text": text})
        return await self.frame(lambda f: f["type"] == "ack" and f["client_msg_id"] == message_id)

    async def hear(self, author: str, *, within: float = WAIT_SECONDS, after: int = 0) -> Frame:
        """Return the first message of `author` among the frames from index `after` on."""
        return await self.frame(
            lambda f: f["type"] == "message" and f["author"] == author,
            within=within,
            after=after,
        )

    async def state(self, state: str, *, within: float = WAIT_SECONDS) -> Frame:
        """Wait for a state: waiting, connected or ended."""
        return await self.frame(
            lambda f: f["type"] == "state" and f["state"] == state, within=within
        )

    async def leave(self) -> None:
        """Leave by word: the contact ends."""
        await self._send({"type": "leave"})

    async def drop(self) -> None:
        """Lose the socket without a word."""
        if self._socket is not None:
            await self._socket.close()
            self._socket = None
        if self._reader is not None:
            await self._reader
            self._reader = None

    async def frame(
        self, wanted: Callable[[Frame], bool], *, within: float = WAIT_SECONDS, after: int = 0
    ) -> Frame:
        """Return the first frame that is wanted, from index `after` on.

        Raises ChatRefused on an error frame or a closed socket, TimeoutError after `within`.
        """
        async with asyncio.timeout(within), self._arrived:
            while True:
                for frame in self.frames[after:]:
                    if wanted(frame):
                        return frame
                if self._closed is not None:
                    raise ChatRefused(self._closed)
                await self._arrived.wait()

    async def _open(self, first: Frame) -> None:
        await self.drop()
        self._closed = None
        self._socket = await connect(self.url, max_size=1 << 20, ssl=self._tls)
        self._reader = asyncio.create_task(self._read(self._socket))
        await self._send(first)

    async def _send(self, frame: Frame) -> None:
        if self._socket is None:
            raise ChatRefused("the socket is not open")
        await self._socket.send(json.dumps(frame))

    async def _read(self, socket: ClientConnection) -> None:
        closed = "the server closed the socket"
        try:
            async for raw in socket:
                frame: Frame = json.loads(raw) | {"received_at": time.perf_counter()}
                if frame["type"] == "error":
                    closed = f"{frame.get('code')}: {frame.get('reason', '')}"
                    break
                if "seq" in frame and frame["type"] == "message":
                    self.last_seq = max(self.last_seq, frame["seq"])
                async with self._arrived:
                    self.frames.append(frame)
                    self._arrived.notify_all()
        except ConnectionClosed as error:
            closed = str(error)
        async with self._arrived:
            self._closed = closed
            self._arrived.notify_all()
