"""A chat that survives a broken line: it reconnects, resumes and resends."""

import asyncio
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

FIRST_PAUSE = 0.3
LONGEST_PAUSE = 5.0
MAX_UNSENT = 1000
FINAL_CODES = range(4400, 4500)

Frame = dict[str, Any]


class Refused(Exception):
    """The server will not have this chat."""


@dataclass(slots=True)
class Memory:
    """What a client must keep to come back to its chat."""

    conversation_id: str = ""
    token: str = field(default="", repr=False)
    last_seq: int = -1


class ChatLine:
    """One chat of one visitor. `heard` gets every frame once; messages never twice."""

    def __init__(self, url: str, start: Frame, memory: Memory, heard: Callable[[Frame], None]):
        self._url = url
        self._start = {"type": "start", "start_id": str(uuid.uuid4()), **start}
        self._heard = heard
        self._unacked: dict[str, str] = {}
        self._mine: set[str] = set()
        # What the customer said; only the acknowledgement tells whether it was here.
        self._held: list[Frame] = []
        self._socket: ClientConnection | None = None
        self._has_left = False
        self.memory = memory
        self.all_acked = asyncio.Event()
        self.all_acked.set()
        self.over = asyncio.Event()

    async def run(self) -> None:
        """Stay connected until the chat is over; Refused when the server will not have it."""
        pause = FIRST_PAUSE
        while not self.over.is_set():
            try:
                async with connect(self._url, max_size=1 << 20) as socket:
                    await self._serve(socket)
                    pause = FIRST_PAUSE
            except (OSError, InvalidHandshake, TimeoutError):
                self._heard({"type": "offline"})
            except ConnectionClosed as closed:
                self._judge(closed)
            finally:
                self._socket = None
            if not self.over.is_set():
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def say(self, text: str) -> None:
        """Send now or as soon as the line is back; it is resent until it is acknowledged."""
        if len(self._unacked) >= MAX_UNSENT:
            raise Refused(f"{MAX_UNSENT} messages wait for the server")
        sent_id = str(uuid.uuid4())
        self._unacked[sent_id] = text
        self.all_acked.clear()
        await self._send(_message(sent_id, text))

    async def leave(self) -> None:
        """End the chat; without a line it ends by itself after a while."""
        self._has_left = True
        if self._socket is None:
            self.over.set()
        await self._send({"type": "leave"})

    async def _serve(self, socket: ClientConnection) -> None:
        await socket.send(json.dumps(self._first()))
        async for raw in socket:
            frame: Frame = json.loads(raw)
            if frame["type"] in ("started", "resumed"):
                self._socket = socket
                await self._resend()
            await self._take(frame)
        self._judge_code(socket.close_code)

    def _first(self) -> Frame:
        known = self.memory
        if not known.conversation_id:
            return self._start
        return {
            "type": "resume",
            "conversation_id": known.conversation_id,
            "token": known.token,
            "last_seq": known.last_seq,
        }

    async def _take(self, frame: Frame) -> None:
        match frame["type"]:
            case "started" | "resumed":
                self.memory.conversation_id = frame["conversation_id"]
                self.memory.token = frame["token"]
            case "ack":
                self._mine.add(frame["message_id"])
                self._acked(frame["client_msg_id"])
            case "message":
                if frame["seq"] <= self.memory.last_seq:
                    return
                self.memory.last_seq = frame["seq"]
                if frame["author"] == "customer":
                    self._held.append(frame)
                    self._tell_held()
                    return
            case "left":
                self.over.set()
                if self._socket is not None:
                    await self._socket.close()
            case "error" if frame.get("code") == "try_again" and frame.get("client_msg_id"):
                await asyncio.sleep(FIRST_PAUSE)
                await self._resend()
            case "error" if frame.get("client_msg_id"):
                self._acked(frame["client_msg_id"])
        self._heard(frame)

    def _acked(self, sent_id: str) -> None:
        self._unacked.pop(sent_id, None)
        self._tell_held()
        if not self._unacked:
            self.all_acked.set()

    def _tell_held(self) -> None:
        while self._held and (not self._unacked or self._held[0]["message_id"] in self._mine):
            frame = self._held.pop(0)
            frame["is_mine"] = frame["message_id"] in self._mine
            self._heard(frame)

    async def _resend(self) -> None:
        for sent_id, text in list(self._unacked.items()):
            await self._send(_message(sent_id, text))

    async def _send(self, frame: Frame) -> None:
        if self._socket is not None:
            try:
                await self._socket.send(json.dumps(frame))
            except ConnectionClosed:
                self._socket = None

    def _judge(self, closed: ConnectionClosed) -> None:
        self._judge_code(closed.rcvd.code if closed.rcvd else None)

    def _judge_code(self, code: int | None) -> None:
        if self._has_left:
            self.over.set()
        elif code in FINAL_CODES:
            self.over.set()
            raise Refused(f"the server closed the chat with {code}")
        else:
            self._heard({"type": "offline"})


def _message(sent_id: str, text: str) -> Frame:
    return {"type": "message", "client_msg_id": sent_id, "text": text}
