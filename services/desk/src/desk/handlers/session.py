"""One agent's stream: what it was told, and what waits to be told."""

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from desk.domain.agents import AgentView, HeldContact
from desk.domain.events import Event
from desk.domain.messages import SealedMessage
from desk.domain.names import SessionName
from desk.domain.results import Result
from desk.handlers.outbox import Outbox, OutboxFull
from desk.metrics import STREAMS_SLOW

log = logging.getLogger(__name__)


class End(StrEnum):
    """Why a session ends from our side."""

    REPLACED = "replaced"
    SIGNED_OUT = "signed_out"
    SLOW = "slow"
    DRAINING = "draining"
    GONE = "gone"
    FAILED = "failed"


@dataclass(slots=True)
class Thread:
    """What of a contact's conversation the stream has shown."""

    conversation_id: str
    is_loading: bool = True
    shown: set[str] = field(default_factory=set)
    unopened: deque[SealedMessage] = field(default_factory=deque)


class Session:
    """The state of one stream; everything in it happens on the event loop, without waiting."""

    def __init__(self, *, session_id: str, workspace: str, agent_id: str, outbox: Outbox) -> None:
        self.session_id = session_id
        self.command_scope = session_id
        self.workspace = workspace
        self.agent_id = agent_id
        self.outbox = outbox
        self.number = 0
        self.last_step = 0
        self.view: AgentView | None = None
        self.offered: dict[str, str] = {}
        self.threads: dict[str, Thread] = {}
        self.results: dict[str, Result] = {}
        self.in_flight: dict[str, asyncio.Task[Result]] = {}
        self.lanes: dict[str, asyncio.Task[Result]] = {}
        self.replied: set[str] = set()
        self.is_signing_out = False
        self.resume_session_number = 0
        self.resume_after_step = 0
        self.ended: asyncio.Future[End] = asyncio.get_running_loop().create_future()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_started(self) -> bool:
        """The router answered the sign-in."""
        return self.view is not None

    @property
    def is_over(self) -> bool:
        """Nothing more is told."""
        return self.ended.done()

    def name(self, desk_instance: str) -> SessionName:
        """How facts name this session."""
        return SessionName(
            agent_id=self.agent_id, session_number=self.number, desk_instance=desk_instance
        )

    def held(self, contact_id: str) -> HeldContact | None:
        """The contact, if it is in the agent's hands."""
        return self.view.contact(contact_id) if self.view else None

    def thread(self, contact_id: str) -> HeldContact | None:
        """The contact on which the agent may write: held, or the consult with who was asked."""
        return self.view.thread(contact_id) if self.view else None

    def concerns(self, contact_id: str) -> bool:
        """The contact is held or offered."""
        if contact_id in self.offered:
            return True
        return self.view is not None and contact_id in self.view.customers()

    def tell(self, event: Event, since: float | None = None) -> None:
        """Put the event in line; a client that does not read loses its stream, nobody waits."""
        if self.is_over:
            return
        try:
            self.outbox.put(event, since)
        except OutboxFull:
            self.end_slow()

    def end(self, reason: End) -> None:
        """The stream ends after what is in line (if the client still reads)."""
        if not self.ended.done():
            self.ended.set_result(reason)

    def end_slow(self) -> None:
        """The client does not read."""
        if not self.is_over:
            STREAMS_SLOW.inc()
            self.end(End.SLOW)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Work that is of no use any more when the stream ends."""
        if self.is_over:
            work.close()
            return
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    async def close(self) -> None:
        """Cancel what was spawned, and wait for it."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.fail(error)

    def fail(self, error: BaseException) -> None:
        """An error that nobody foresaw costs this stream, not those of others."""
        log.error("session failed", exc_info=error, extra={"session.id": self.session_id})
        self.end(End.FAILED)
