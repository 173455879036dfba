"""Telling the group what was handled."""

import asyncio
import logging
import time
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

log = logging.getLogger(__name__)


class Commits:
    """Commits in the background, one at a time, at most once per interval.

    Partitions that were lost are never committed: the broker refuses an old member, and what
    was handled is forgotten when partitions are taken away.
    """

    def __init__(self, group: str, interval_seconds: float) -> None:
        self._group = group
        self._interval_seconds = interval_seconds
        self._consumer: Any = None
        self._received: dict[TopicPartition, int] = {}
        self._done: dict[TopicPartition, int] = {}
        self._committed: dict[TopicPartition, int] = {}
        self._in_flight: asyncio.Task[None] | None = None
        self._next_at = 0.0

    def use(self, consumer: Any) -> None:
        """Commit through this consumer."""
        self._consumer = consumer

    def received(self, tp: TopicPartition, offset: int) -> None:
        """A batch that begins there is about to be handled."""
        self._received[tp] = offset

    def done(self, tp: TopicPartition, next_offset: int) -> None:
        """Everything before that offset was handled."""
        self._done[tp] = next_offset

    def next_offsets(self) -> dict[TopicPartition, int]:
        """The next offset to handle, of partitions of which something was read."""
        return {**self._received, **self._done}

    def soon(self) -> None:
        """Start a commit if one is due; raise what the last one failed with."""
        if self._in_flight is not None:
            if not self._in_flight.done():
                return
            task, self._in_flight = self._in_flight, None
            task.result()
        if self._open() and time.monotonic() >= self._next_at:
            self._next_at = time.monotonic() + self._interval_seconds
            self._in_flight = asyncio.create_task(self._commit(), name="commit")

    async def flush(self, within: float) -> None:
        """Commit now what is open; what the broker does not take in time will be repeated."""
        # A commit that waits for the broker since before would be sent under our new
        # membership, for partitions that may be another's by then.
        if self._in_flight is not None:
            self._in_flight.cancel()
            await asyncio.wait([self._in_flight])
            self._in_flight = None
        try:
            async with asyncio.timeout(within):
                await self._commit()
        except (KafkaError, TimeoutError) as error:
            log.warning(
                "offsets not committed",
                extra={"group": self._group, "error": type(error).__name__},
            )

    def forget(self) -> None:
        """The partitions are not ours any more."""
        self._received.clear()
        self._done.clear()
        self._committed.clear()

    def _open(self) -> dict[TopicPartition, int]:
        return {tp: at for tp, at in self._done.items() if self._committed.get(tp) != at}

    async def _commit(self) -> None:
        offsets = self._open()
        if not offsets or self._consumer is None:
            return
        try:
            await self._consumer.commit(offsets)
        except (CommitFailedError, IllegalStateError) as error:
            log.warning(
                "offsets of lost partitions not committed",
                extra={"group": self._group, "error": type(error).__name__},
            )
        self._committed.update(offsets)
