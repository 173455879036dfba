"""Knows how far behind the log the router is, and what its engines hold."""

import time

from router import metrics
from router.adapters.log_reader import LogReader
from router.adapters.outbox import INPUT
from router.handlers.partition import Partition


class Stalled(Exception):
    """Records wait and none is applied: only a restart helps."""


class Watch:
    """Asks the broker itself, so that a consumer that has died without a word is seen."""

    def __init__(self, reader: LogReader, stall_seconds: float) -> None:
        self._reader = reader
        self._stall_seconds = stall_seconds
        self._positions: dict[int, int] = {}
        self._moved = time.monotonic()

    def restart(self) -> None:
        """Partitions have just been taken over."""
        self._positions.clear()
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
            _measure(partition)
        if not behind:
            self._moved = time.monotonic()
        if self.stalled_seconds() > self._stall_seconds:
            raise Stalled(f"{behind} records wait, none applied for {self.stalled_seconds():.0f} s")

    def stalled_seconds(self) -> float:
        """Return for how long records have waited without one being applied."""
        return time.monotonic() - self._moved


def _measure(partition: Partition) -> None:
    for workspace, engine in partition.engines.items():
        ws = engine.workspace
        timers = list(ws.deadlines())
        lag = max(ws.clock.last_stamp - ws.clock.now, 0) / 1000
        metrics.ENGINE_LAG.labels(workspace).set(lag)
        metrics.PENDING_TIMERS.labels(workspace).set(len(timers))
        metrics.UNGUARDED.labels(workspace).set(sum(timer.due == 0 for timer in timers))
        metrics.WAITING.labels(workspace).set(ws.market.waiting)
        metrics.AGENTS.labels(workspace).set(len(ws.agents))
