"""The engine and the calls as parts of the service."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from chassis.part import Check, Part
from ingest_voice import metrics
from ingest_voice.adapters.journal import FileJournal
from ingest_voice.domain.facts import CallbackRequested, ChannelFailed
from ingest_voice.handlers.calls import Calls
from ingest_voice.handlers.ports import Outbox, VoiceEngine

log = logging.getLogger(__name__)


class EngineFailed(Exception):
    """The engine died, and its calls with it: a new process starts afresh."""


class Failure(Part):
    """Ends the process when something breaks that calls depend on."""

    def __init__(self) -> None:
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def fail(self, error: BaseException) -> None:
        """Come out of `run` with this error."""
        if not self._over.done():
            self._over.set_exception(error)

    async def run(self) -> None:
        await asyncio.shield(self._over)

    async def stop(self) -> None:
        if not self._over.done():
            self._over.set_result(None)


class TelephoneExchange(Part):
    """Says first which calls an earlier process lost, then takes new ones."""

    def __init__(
        self,
        engine: VoiceEngine,
        calls: Calls,
        journal: FileJournal,
        outbox: Outbox,
        *,
        can_listen: Callable[[], Awaitable[None]],
        key_stock: Callable[[], int],
        calls_lost_back: Callable[[], bool],
    ) -> None:
        self._engine = engine
        self._calls = calls
        self._journal = journal
        self._outbox = outbox
        self._can_listen = can_listen
        self._key_stock = key_stock
        self._calls_lost_back = calls_lost_back
        self._is_started = False

    async def start(self) -> None:
        # The policy says what becomes of those who waited.
        await self._can_listen()
        self._tell_lost(self._journal.lost)
        await self._engine.start(self._calls.on_engine_event)
        self._is_started = True

    async def stop(self) -> None:
        if self._is_started:
            await self._calls.give_up()
            await self._engine.stop()

    def readiness(self) -> Mapping[str, Check]:
        """`keys`: new contacts can be sealed."""
        return {"keys": self._check_keys}

    async def _check_keys(self) -> str | None:
        return None if self._key_stock() else "no leased keys"

    def _tell_lost(self, contact_ids: tuple[str, ...]) -> None:
        callable_again = self._journal.lost_with_number if self._calls_lost_back() else ()
        for contact_id in contact_ids:
            if contact_id in callable_again:
                # The router takes it of who waited in a queue; everybody else's call has failed.
                asked = CallbackRequested(contact_id=contact_id)
                self._outbox.tell(asked, conversation_id="", key_id="")
            failed = ChannelFailed(contact_id=contact_id, reason="voice_restarted")
            self._outbox.tell(failed, conversation_id="", key_id="")
            self._outbox.when_told(partial(self._journal.closed, contact_id))
            metrics.CALLS_LOST.inc()
        if contact_ids:
            log.warning("calls were lost", extra={"count": len(contact_ids)})
