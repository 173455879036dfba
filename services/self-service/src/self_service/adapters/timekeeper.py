"""Deadlines of flows: looked for in the database, so that a restart forgets none."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from chassis.errors import Unavailable
from chassis.part import Part
from self_service import metrics
from self_service.adapters.store import StateStore
from self_service.handlers.going_on import GoingOn

AT_ONCE = 4
COUNT_EVERY = 20
PURGE_EVERY = timedelta(hours=1)

log = logging.getLogger(__name__)


class Timekeeper(Part):
    """Acts on what is due, several replicas at once without harm.

    After a start the answers given in the meantime are read first: for `grace_seconds` no
    question is taken as unanswered.
    """

    def __init__(
        self,
        states: StateStore,
        going_on: GoingOn,
        *,
        every_seconds: float,
        grace_seconds: float,
    ) -> None:
        self._states = states
        self._going_on = going_on
        self._every_seconds = every_seconds
        self._grace = timedelta(seconds=grace_seconds)
        self._began_at = datetime.now(UTC)
        self._purged_at = self._began_at - PURGE_EVERY
        self._stopping = asyncio.Event()
        self._turns = 0

    async def run(self) -> None:
        """Look for deadlines until stopped; an outage of Postgres or Kafka delays them."""
        while not self._stopping.is_set():
            try:
                await self.turn(datetime.now(UTC))
            except Unavailable as error:
                log.warning("deadlines wait", extra={"error": str(error)})
            try:
                async with asyncio.timeout(self._every_seconds):
                    await self._stopping.wait()
            except TimeoutError:
                continue

    async def stop(self) -> None:
        """Let what is being told be told: the lifecycle waits for it."""
        self._stopping.set()

    async def turn(self, now: datetime) -> None:
        """Act on everything that is due now."""
        is_settled = now >= self._began_at + self._grace
        due = await self._states.due(now, with_answers=is_settled)
        for first in range(0, len(due), AT_ONCE):
            if self._stopping.is_set():
                # The others are due at the next start.
                return
            batch = due[first : first + AT_ONCE]
            await asyncio.gather(*(self._going_on.on_deadline(*contact, now) for contact in batch))
        await self._look_after(now)

    async def _look_after(self, now: datetime) -> None:
        self._turns += 1
        if self._turns % COUNT_EVERY == 1:
            metrics.RUNNING.set(await self._states.running_count())
            metrics.OVERDUE_SECONDS.set(await self._states.overdue_seconds(now))
        if now >= self._purged_at + PURGE_EVERY:
            self._purged_at = now
            await self._states.purge(now)
