"""One WebSocket of a chat, from its first frame to its end."""

import asyncio
import json
import logging
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import SpanKind
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from chassis.errors import Unavailable
from chassis.telemetry import exemplar
from ingest_digital import metrics
from ingest_digital.adapters import frames
from ingest_digital.adapters.chat_window import ChatWindow
from ingest_digital.adapters.frames import BadFrame, InvalidFrame, error_frame
from ingest_digital.adapters.tokens import ChatTokens, IdentityTokens
from ingest_digital.domain.claims import ChatClaims
from ingest_digital.domain.errors import (
    BadToken,
    ConversationGone,
    DigitalError,
    KeyDestroyed,
    UnknownEntryPoint,
)
from ingest_digital.domain.rates import TokenBucket
from ingest_digital.handlers.chat import ChatIntake, StartRequest
from ingest_digital.handlers.leaving import Leaving
from ingest_digital.handlers.memory import ChatMemory
from ingest_digital.handlers.ports import Vault
from ingest_digital.settings import Settings

TRY_LATER = 1013
RESTART = 1012
MAX_REASON = 120
OWN_CODES = 4000
END_SHOWN_SECONDS = 10.0
REFUSALS: dict[type[DigitalError], tuple[int, str]] = {
    BadToken: (4401, "bad_token"),
    UnknownEntryPoint: (4404, "unknown_entry_point"),
    ConversationGone: (4410, "expired"),
    KeyDestroyed: (4410, "expired"),
}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatParts:
    """What every socket works with."""

    settings: Settings
    intake: ChatIntake
    leaving: Leaving
    memory: ChatMemory
    vault: Vault
    tokens: ChatTokens
    identities: IdentityTokens


# What a customer asks begins a trace; it goes on through every topic.
TRACER = trace.get_tracer("ingest-digital")


class SlowReader(Exception):
    """The browser reads nothing; it may resume later."""


class ChatSocket:
    """Takes frames one by one and shows the conversation beside."""

    def __init__(self, socket: ServerConnection, parts: ChatParts) -> None:
        self._socket = socket
        self._parts = parts
        # Held while a frame is in hand, so that nothing is cut off in the middle.
        self._turn = asyncio.Lock()
        settings = parts.settings
        self._rate = TokenBucket(
            settings.chat_messages_per_second, settings.chat_message_burst, time.monotonic()
        )

    async def run(self) -> None:
        """Serve the socket; returns when it is closed, and raises only what is our fault."""
        try:
            await self._serve()
        except ConnectionClosed as closed:
            # The library closes by itself what is too large (1009) or no UTF-8 (1007).
            if closed.sent is not None and not closed.rcvd_then_sent:
                metrics.CLOSED.labels(closed.sent.code).inc()
        except SlowReader:
            metrics.CLOSED.labels("slow").inc()
        except BadFrame as bad:
            await self._refuse(bad.code, "bad_frame", bad.reason)
        except DigitalError as error:
            code, name = REFUSALS[type(error)]
            if isinstance(error, BadToken):
                metrics.SECURITY.labels("chat_token").inc()
                log.warning("token refused", extra={"reason": str(error)})
            await self._refuse(code, name, str(error))
        except Unavailable as error:
            metrics.FRAMES.labels("start", "try_again").inc()
            log.warning("chat refused", extra={"error": str(error)})
            await self._refuse(TRY_LATER, "try_again", "not available now, try again")

    async def drain(self) -> None:
        """Let the frame in hand end, then send the browser to another replica."""
        async with self._turn:
            await self._close(RESTART, "the service restarts, resume")

    async def _serve(self) -> None:
        first = await self._first()
        began = time.monotonic()
        async with self._turn:
            with TRACER.start_as_current_span(f"chat {first.type}", kind=SpanKind.SERVER):
                claims = await self._admit(first)
        with self._parts.memory.window(claims.conversation_id) as (conversation, news):
            cursor = first.last_seq if isinstance(first, frames.Resume) else -1
            window = ChatWindow(conversation, news, self._parts.vault, self._send, cursor)
            if isinstance(first, frames.Resume):
                is_complete = conversation.log.is_complete_after(cursor)
                await window.catch_up()
                await self._send(self._welcome("resumed", claims, window, complete=is_complete))
            else:
                await self._send(self._welcome("started", claims, window))
            _count(first.type, "ok", began)
            await self._both(claims, window)

    async def _first(self) -> frames.FirstFrame:
        try:
            async with asyncio.timeout(self._parts.settings.chat_first_frame_seconds):
                raw = await self._socket.recv()
        except TimeoutError:
            raise BadFrame(4408, "no first frame in time") from None
        return frames.first_frame(raw)

    async def _admit(self, first: frames.FirstFrame) -> ChatClaims:
        if isinstance(first, frames.Resume):
            claims = self._parts.tokens.read(first.token, str(first.conversation_id))
            self._parts.intake.resume(claims)
            return claims
        identities = (
            self._parts.identities.read(first.identity_token, first.visitor_id)
            if first.identity_token
            else ()
        )
        request = StartRequest(
            entry_point=first.entry_point,
            start_id=str(first.start_id),
            visitor_id=first.visitor_id,
            identities=identities,
            topic=first.topic,
        )
        return await self._parts.intake.start(request)

    def _welcome(
        self, type: str, claims: ChatClaims, window: ChatWindow, **more: Any
    ) -> dict[str, Any]:
        return {
            "type": type,
            "conversation_id": claims.conversation_id,
            "contact_id": claims.contact_id,
            "token": self._parts.tokens.issue(claims, datetime.now(UTC)),
            "seq": window.cursor,
            **more,
        }

    async def _both(self, claims: ChatClaims, window: ChatWindow) -> None:
        showing = asyncio.create_task(window.follow())
        listening = asyncio.create_task(self._listen(claims, window))
        try:
            await asyncio.wait({showing, listening}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            showing.cancel()
            async with self._turn:
                listening.cancel()
            outcomes = await asyncio.gather(listening, showing, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome

    async def _listen(self, claims: ChatClaims, window: ChatWindow) -> None:
        while True:
            raw = await self._socket.recv()
            async with self._turn:
                has_left = await self._take(raw, claims)
            if has_left:
                await self._end_is_shown(window)
                await self._close(1000, "left")

    async def _end_is_shown(self, window: ChatWindow) -> None:
        """Return when the window shows the end, or is closed, or it takes too long."""
        waits = {
            asyncio.create_task(window.has_ended.wait()),
            asyncio.create_task(self._socket.wait_closed()),
        }
        try:
            await asyncio.wait(
                waits, timeout=END_SHOWN_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for wait in waits:
                wait.cancel()

    async def _take(self, raw: str | bytes, claims: ChatClaims) -> bool:
        """Do what the frame says; whether the customer left by it."""
        began = time.monotonic()
        if not self._rate.allows(began):
            raise BadFrame(4429, "too many frames per second")
        try:
            frame = frames.later_frame(raw)
        except InvalidFrame as error:
            metrics.FRAMES.labels("unknown", "invalid").inc()
            await self._send(
                error_frame("bad_frame", str(error), client_msg_id=frames.client_msg_id(raw))
            )
            return False
        sent_id = str(frame.client_msg_id) if isinstance(frame, frames.Say) else None
        try:
            with TRACER.start_as_current_span(f"chat {frame.type}", kind=SpanKind.SERVER):
                answer = await self._answer(frame, claims)
        except Unavailable as error:
            log.warning("frame not taken", extra={"frame": frame.type, "error": str(error)})
            _count(frame.type, "try_again", began)
            reason = "not available now, try again"
            await self._send(error_frame("try_again", reason, client_msg_id=sent_id))
            return False
        _count(frame.type, "ok", began)
        await self._send(answer)
        return isinstance(frame, frames.Leave)

    async def _answer(self, frame: frames.LaterFrame, claims: ChatClaims) -> dict[str, Any]:
        match frame:
            case frames.Say():
                sent_id = str(frame.client_msg_id)
                said = await self._parts.intake.say(claims, sent_id, frame.text)
                return {
                    "type": "ack",
                    "client_msg_id": sent_id,
                    "message_id": said.message_id,
                    "seq": said.seq,
                }
            case frames.Leave():
                found = self._parts.memory.conversations.get(claims.conversation_id)
                contact_id = (found.contact_id if found else "") or claims.contact_id
                await self._parts.leaving.leave(contact_id, found.phase if found else None)
                return {"type": "left"}
        return {"type": "pong"}

    async def _send(self, frame: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(self._parts.settings.chat_write_seconds):
                await self._socket.send(json.dumps(frame, ensure_ascii=False))
        except TimeoutError:
            self._socket.transport.abort()
            raise SlowReader from None

    async def _refuse(self, code: int, name: str, reason: str) -> None:
        metrics.CLOSED.labels(code).inc()
        with suppress(ConnectionClosed, SlowReader):
            if code >= OWN_CODES or code == TRY_LATER:
                await self._send(error_frame(name, reason))
            await self._close(code, reason)

    async def _close(self, code: int, reason: str) -> None:
        await self._socket.close(code, reason.encode()[:MAX_REASON].decode(errors="ignore"))


def _count(type: str, outcome: str, began: float) -> None:
    metrics.FRAMES.labels(type, outcome).inc()
    metrics.ACCEPT_SECONDS.labels(type).observe(time.monotonic() - began, exemplar())
