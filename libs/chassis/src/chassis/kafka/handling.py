"""Handling one record: trace, time, patience with what is away, and bytes nobody understands."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from chassis.errors import InvalidMessage, Unavailable
from chassis.events import continued_trace, processed_together
from chassis.kafka import metrics
from chassis.kafka.records import Record
from chassis.telemetry.exemplars import exemplar

Handle = Callable[[Record], Awaitable[None]]
HandleBatch = Callable[[Sequence[Record]], Awaitable[None]]

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0

log = logging.getLogger(__name__)


class Parking(Protocol):
    """Takes a record that could not be understood; returns when it is safe there."""

    async def park(self, record: Record, reason: str) -> None: ...


class Handling:
    """Calls the handler so that a record ends handled, parked, or with an exception.

    Unavailable makes the same record (or batch) be tried again for `patience_seconds`, which
    is what a restart would do; `may_go_on` says when to stop trying (by raising Unavailable).
    """

    def __init__(
        self,
        group: str,
        handle: Handle | None,
        handle_batch: HandleBatch | None,
        parking: Parking,
        patience_seconds: float,
    ) -> None:
        if (handle is None) == (handle_batch is None):
            raise ValueError("give either handle or handle_batch")
        self._group = group
        self._handle = handle
        self._handle_batch = handle_batch
        self._parking = parking
        self._patience_seconds = patience_seconds
        self.turned_at = time.monotonic()

    @property
    def by_batch(self) -> bool:
        """Whether records are handled many at once."""
        return self._handle_batch is not None

    async def one(self, record: Record, may_go_on: Callable[[], bool]) -> None:
        """Handle one record, or park it."""
        try:
            with (
                continued_trace(record, f"{record.topic} process", self._group),
                self._measured(record.topic),
            ):
                await self._patiently(lambda: self._call([record]), record.topic, may_go_on)
        except InvalidMessage as error:
            await self._park(record, error)
        metrics.CONSUMED.labels(record.topic, self._group).inc()

    async def batch(self, records: Sequence[Record], may_go_on: Callable[[], bool]) -> None:
        """Handle records of one partition at once; if one is invalid, each by itself."""
        topic = records[0].topic
        try:
            with (
                processed_together(records, f"{topic} process", self._group),
                self._measured(topic),
            ):
                await self._patiently(lambda: self._call(records), topic, may_go_on)
        except InvalidMessage:
            for record in records:
                await self.one(record, may_go_on)
            return
        metrics.CONSUMED.labels(topic, self._group).inc(len(records))

    async def _call(self, records: Sequence[Record]) -> None:
        if self._handle_batch is not None:
            await self._handle_batch(records)
        elif self._handle is not None:
            await self._handle(records[0])

    async def _patiently(
        self, attempt: Callable[[], Awaitable[None]], topic: str, may_go_on: Callable[[], bool]
    ) -> None:
        pause = FIRST_PAUSE_SECONDS
        deadline = time.monotonic() + self._patience_seconds
        while True:
            self.turned_at = time.monotonic()
            try:
                return await attempt()
            except Unavailable as error:
                if time.monotonic() >= deadline or not may_go_on():
                    raise
                log.warning("handler waits", extra={"topic": topic, "error": str(error)})
            metrics.HANDLE_RETRIES.labels(topic, self._group).inc()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _park(self, record: Record, error: InvalidMessage) -> None:
        where = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
        log.error("invalid message parked", extra={**where, "reason": str(error)})
        await self._parking.park(record, reason=str(error))
        metrics.PARKED.labels(record.topic, self._group).inc()

    @contextmanager
    def _measured(self, topic: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.turned_at = time.monotonic()
        metrics.HANDLE_SECONDS.labels(topic, self._group).observe(
            self.turned_at - began, exemplar()
        )
