"""Knows how far behind the log the router is, and what its engines hold."""

import time

from router import metrics
from router.adapters.log_reader import LogReader
from router.adapters.outbox import INPUT
from router.handlers.partition import Partition

NOT_LOOKED_AT = -2
OF_WORKSPACES = (
    metrics.STEP_NUMBER,
    metrics.ENGINE_LAG,
    metrics.PENDING_TIMERS,
    metrics.OVERDUE,
    metrics.UNGUARDED,
    metrics.UNGUARDED_SECONDS,
    metrics.WAITING,
    metrics.AGENTS,
)


class Stalled(Exception):
    """Records wait and none is applied: only a restart helps."""


class Watch:
    """Asks the broker itself, so that a consumer that has died without a word is seen."""

    def __init__(self, reader: LogReader, stall_seconds: float) -> None:
        self._reader = reader
        self._stall_seconds = stall_seconds
        self._positions: dict[int, int] = {}
        self._moved = time.monotonic()
        self._unguarded_since: dict[str, float] = {}
        self._shown: set[str] = set()

    def restart(self) -> None:
        """Partitions have just been taken over."""
        for number in self._positions:
            self._positions[number] = NOT_LOOKED_AT
        self._moved = time.monotonic()

    async def look(self, partitions: dict[int, Partition]) -> None:
        """Set the gauges; raise Stalled when nothing has moved for too long."""
        behind = 0
        for number, partition in list(partitions.items()):
            before = partition.position
            _, end = await self._reader.bounds(INPUT, number)
            behind += max(end - 1 - before, 0)
            metrics.INPUT_LAG.labels(str(number)).set(max(end - 1 - partition.position, 0))
            if self._positions.get(number) != partition.position:
                self._moved = time.monotonic()
            self._positions[number] = partition.position
            self._measure(partition)
        self._show_no_more(partitions)
        if not behind:
            self._moved = time.monotonic()
        if self.stalled_seconds() > self._stall_seconds:
            raise Stalled(f"{behind} records wait, none applied for {self.stalled_seconds():.0f} s")

    def _show_no_more(self, partitions: dict[int, Partition]) -> None:
        """Forget what went to another worker: it has newer numbers."""
        for number in self._positions.keys() - partitions.keys():
            del self._positions[number]
            metrics.INPUT_LAG.remove(str(number))
        here = {workspace for partition in partitions.values() for workspace in partition.engines}
        for workspace in self._shown - here:
            for gauge in OF_WORKSPACES:
                gauge.remove(workspace)
        self._shown = here

    def stalled_seconds(self) -> float:
        """Return for how long records have waited without one being applied."""
        return time.monotonic() - self._moved

    def _measure(self, partition: Partition) -> None:
        for workspace, engine in partition.engines.items():
            ws = engine.workspace
            timers = list(ws.deadlines())
            lag_ms = max(ws.clock.last_stamp - ws.clock.now, 0)
            self._shown.add(workspace)
            unguarded = sum(timer.due == 0 for timer in timers)
            metrics.STEP_NUMBER.labels(workspace).set(ws.step_number)
            metrics.ENGINE_LAG.labels(workspace).set(lag_ms / 1000)
            metrics.PENDING_TIMERS.labels(workspace).set(len(timers))
            # Asked of the states, not of what is armed: what was never armed is overdue, too.
            due = min((timer.due for timer in timers if timer.due), default=None)
            metrics.OVERDUE.labels(workspace).set(_overdue_seconds(due, lag_ms))
            metrics.UNGUARDED.labels(workspace).set(unguarded)
            metrics.UNGUARDED_SECONDS.labels(workspace).set(self._lasted(workspace, unguarded))
            metrics.WAITING.labels(workspace).set(ws.market.waiting)
            metrics.AGENTS.labels(workspace).set(len(ws.agents))

    def _lasted(self, workspace: str, unguarded: int) -> float:
        if not unguarded:
            self._unguarded_since.pop(workspace, None)
            return 0.0
        now = time.monotonic()
        return now - self._unguarded_since.setdefault(workspace, now)


def _overdue_seconds(due: int | None, lag_ms: int) -> float:
    """Engine time that is behind the stamps makes each deadline later by as much."""
    return 0.0 if due is None else max(0.0, time.time() - (due + lag_ms) / 1000)
