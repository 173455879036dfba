"""Says which calls an earlier process lost, under the contacts that have them by now."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from chassis.kafka import FollowConsumer, FromTime, Record
from chassis.settings import ServiceSettings
from ingest_voice import metrics
from ingest_voice.adapters.codec.orders import ROUTING_EVENTS, step_of
from ingest_voice.adapters.journal import FileJournal
from ingest_voice.adapters.last_step import LastStep
from ingest_voice.domain.facts import CallbackRequested, ChannelFailed
from ingest_voice.domain.lost_lines import LostLines
from ingest_voice.domain.orders import Order, Transferred
from ingest_voice.handlers.ports import Outbox

READ_SECONDS = 20.0

log = logging.getLogger(__name__)


class LostCalls:
    """A call may be transferred while nobody holds it: then the new contact's line is lost.

    First what was decided since the last step that the earlier process followed is read; then
    each line is told once, and transfers that the router decides before it hears of it are, too.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        workspace: str,
        journal: FileJournal,
        last_step: LastStep,
        outbox: Outbox,
        calls_lost_back: Callable[[], bool],
    ) -> None:
        self._settings = settings
        self._workspace = workspace
        self._journal = journal
        self._last_step = last_step
        self._outbox = outbox
        self._calls_lost_back = calls_lost_back
        self._lines = LostLines(())
        self._is_told = False

    async def tell(self) -> None:
        """Return when everything is put in line for the log."""
        lost = self._journal.lost
        if not lost:
            self._last_step.go_on()
            return
        self._lines = LostLines(lost)
        await self._read_what_was_missed()
        callable_again = self._journal.lost_with_number if self._calls_lost_back() else frozenset()
        lines = {self._lines.line_of(one): one in callable_again for one in lost}
        for contact_id, may_be_called in lines.items():
            if may_be_called:
                # The router takes it of who waited in a queue; everybody else's call has failed.
                asked = CallbackRequested(contact_id=contact_id)
                self._outbox.tell(asked, conversation_id="", key_id="")
            self._tell_failed(contact_id)
        for contact_id in lost:
            self._outbox.when_told(partial(self._journal.closed, contact_id))
        self._outbox.when_told(self._last_step.go_on)
        self._is_told = True
        log.warning("calls were lost", extra={"count": len(lines)})

    def on_order(self, order: Order) -> None:
        """A decision of the router; of use while some line of ours is lost."""
        if not isinstance(order, Transferred):
            return
        is_lost = self._lines.transferred(order.contact_id, order.new_contact_id)
        if is_lost and self._is_told:
            self._tell_failed(order.new_contact_id)

    def _tell_failed(self, contact_id: str) -> None:
        failed = ChannelFailed(contact_id=contact_id, reason="voice_restarted")
        self._outbox.tell(failed, conversation_id="", key_id="")
        metrics.CALLS_LOST.inc()

    async def _read_what_was_missed(self) -> None:
        since = self._last_step.before
        if since is None:
            return
        follower = FollowConsumer(
            self._settings,
            [ROUTING_EVENTS],
            self._on_step,
            FromTime(since),
            name="ingest-voice-lost",
        )
        await follower.start()
        work = asyncio.create_task(follower.run())
        try:
            async with asyncio.timeout(READ_SECONDS):
                await follower.caught_up()
        except TimeoutError:
            log.error("not all transfers of lost calls are known: too much was decided meanwhile")
        finally:
            await follower.stop()
            await work

    async def _on_step(self, record: Record) -> None:
        if record.key.decode(errors="replace") != self._workspace:
            return
        step = step_of(record.value)
        if step.workspace == self._workspace:
            for order in step.orders:
                self.on_order(order)
