"""Appends ClockTicked when a timer is due and nothing else moves the time, or a step was said."""

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import Any

from router import metrics
from router.adapters.outbox import Outbox
from router.handlers.partition import Partition

LONGEST_WAIT_SECONDS = 1.0
ASK_AGAIN_SECONDS = 0.05
LOST_AFTER_SECONDS = 5.0
PROOF_SECONDS = 0.25
"""How long after an offer a tick shows that it was said, unless somebody reacted before."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Watched:
    """A workspace: when its last record was applied, and the tick that is on its way."""

    applied: float
    sent: "asyncio.Future[Any] | None" = None
    sent_at: float = 0.0
    unsaid_since: float | None = None
    """Since when an offer is there whose time to react does not run yet."""


class Ticker:
    """At most one tick of a workspace is on its way; a tick is due at least each second.

    Engine time is that of the last record, so what is left until a timer is due is counted
    from when that record was applied: a little late at most, never early.
    """

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._partitions: dict[int, Partition] = {}
        self._watched: dict[str, _Watched] = {}
        self._wake = asyncio.Event()
        self._next = 0.0

    def follow(self, partitions: dict[int, Partition]) -> None:
        """Care for exactly these from now on; none while partitions change hands."""
        self._partitions = partitions
        self._watched.clear()
        self._wake.set()

    def applied(self, partition: Partition, workspaces: set[str], ticked: set[str]) -> None:
        """Records of these workspaces were applied just now, among them ticks of `ticked`."""
        now = time.monotonic()
        for workspace in workspaces:
            watched = self._watched.get(workspace)
            if watched is None:
                watched = self._watched[workspace] = _Watched(now)
            watched.applied = now
            if workspace in ticked:
                watched.sent = None
                watched.unsaid_since = None
            if not partition.engines[workspace].workspace.unsaid:
                watched.unsaid_since = None
            elif watched.unsaid_since is None:
                watched.unsaid_since = now
            if now + self._wait(partition, workspace, watched, now) < self._next:
                self._wake.set()

    async def run(self) -> None:
        """Tick until cancelled."""
        while True:
            self._wake.clear()
            wait = await self._round(time.monotonic())
            self._next = time.monotonic() + wait
            try:
                async with asyncio.timeout(wait):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _round(self, now: float) -> float:
        wait = LONGEST_WAIT_SECONDS
        for partition in list(self._partitions.values()):
            for workspace in list(partition.engines):
                watched = self._watched.setdefault(workspace, _Watched(now))
                left = self._wait(partition, workspace, watched, now)
                if left <= 0 and not self._is_on_its_way(watched, now):
                    await self._tick(partition, workspace, watched)
                    left = ASK_AGAIN_SECONDS
                wait = min(wait, max(left, ASK_AGAIN_SECONDS if watched.sent else 0.0))
        return wait

    def _wait(self, partition: Partition, workspace: str, watched: _Watched, now: float) -> float:
        engine = partition.engines[workspace]
        due = engine.next_due()
        if due is None:
            return LONGEST_WAIT_SECONDS
        left = min((due - engine.workspace.clock.now) / 1000, LONGEST_WAIT_SECONDS)
        wake = watched.applied + left
        if watched.unsaid_since is not None:
            wake = min(wake, watched.unsaid_since + PROOF_SECONDS)
        return wake - now

    def _is_on_its_way(self, watched: _Watched, now: float) -> bool:
        if watched.sent is None:
            return False
        return not watched.sent.done() or now - watched.sent_at < LOST_AFTER_SECONDS

    async def _tick(self, partition: Partition, workspace: str, watched: _Watched) -> None:
        due = partition.engines[workspace].next_due()
        if due is None:
            return
        watched.sent_at = time.monotonic()
        watched.sent = await self._outbox.tick(partition.number, workspace, due)
        metrics.TICKS.inc()
