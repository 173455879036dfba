"""Every replica reads every partition, without a group."""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from chassis.errors import Unavailable
from chassis.kafka.client_faults import require_running
from chassis.kafka.connection import (
    METADATA_MAX_AGE_MS,
    close_consumer,
    gathering,
    keep_trying,
    staleness,
)
from chassis.kafka.handling import Handle, HandleBatch, Handling, Parking
from chassis.kafka.lag import Lag
from chassis.kafka.login import login, named_refusals
from chassis.kafka.polling import POLL_SECONDS, Polled, Polls
from chassis.kafka.records import Record, record_of
from chassis.kafka.starts import FromEnd, Start, first_offsets
from chassis.part import Check, Part
from chassis.settings import ServiceSettings

log = logging.getLogger(__name__)


class _Skipping:
    """A follower owns nothing, so it skips what it cannot understand (counted and logged)."""

    async def park(self, record: Record, reason: str) -> None: ...


class FollowConsumer(Part):
    """Handles every record of all partitions, in order per partition, from a given start.

    InvalidMessage skips the record (or parks it, where `dead_letters` are given), Unavailable
    tries it again for `patience_seconds`, anything else comes out of `run`.
    With `gather_seconds` the broker may hold records back for so long and send them together:
    a fetch costs more than a record, so who is in no hurry should say so.
    Not ready before it has caught up with what was there when it started.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        topics: Sequence[str],
        handle: Handle | None,
        start: Start = FromEnd(),  # noqa: B008  (a frozen value)
        *,
        name: str = "follow",
        handle_batch: HandleBatch | None = None,
        dead_letters: Parking | None = None,
        max_poll_records: int = 500,
        gather_seconds: float = 0.0,
        patience_seconds: float = 60.0,
        stuck_after_seconds: float = 120.0,
    ) -> None:
        self._settings = settings
        self._topics = tuple(topics)
        self._start = start
        self._name = name
        self._max_poll_records = max_poll_records
        self._gather_seconds = gather_seconds
        self._stuck_after_seconds = stuck_after_seconds
        parking = dead_letters or _Skipping()
        self._handling = Handling(name, handle, handle_batch, parking, patience_seconds)
        self._next: dict[TopicPartition, int] = {}
        self._ends: dict[TopicPartition, int] = {}
        self._lag = Lag(name, topics, settings.topic_prefix, lambda: self._next)
        self._consumer: AIOKafkaConsumer | None = None
        self._has_caught_up: asyncio.Future[None] | None = None
        self._is_stopping = False
        self._polls = Polls()
        self._idle = asyncio.Event()
        self._idle.set()

    async def start(self) -> None:
        """Find the partitions and where to begin; Unavailable when the broker stays away."""
        self._has_caught_up = asyncio.get_running_loop().create_future()
        with named_refusals(self._settings, f"read {', '.join(self._topics)}"):
            self._consumer = await keep_trying(
                self._connect, f"follower {self._name}", self._settings.start_timeout_seconds
            )
        self._lag.watch(self._consumer)
        self._note_progress()

    async def run(self) -> None:
        """Follow until stopped; NotAllowed when the broker forbids it, ClientStopped."""
        self._idle.clear()
        try:
            with named_refusals(self._settings, f"read {', '.join(self._topics)}"):
                while not self._is_stopping:
                    await self._turn()
        except BaseException as error:
            if self._has_caught_up is not None and not self._has_caught_up.done():
                self._has_caught_up.set_exception(Unavailable(f"follower {self._name} failed"))
                self._has_caught_up.exception()
            raise error
        finally:
            self._idle.set()

    async def stop(self) -> None:
        """Finish the record in hand and disconnect."""
        self._is_stopping = True
        self._polls.end()
        await self._idle.wait()
        self._lag.forget()
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await close_consumer(consumer)

    def positions(self) -> dict[tuple[str, int], int]:
        """The next offset to read per (topic, partition): all before it were handled."""
        prefix = self._settings.topic_prefix
        return {(tp.topic.removeprefix(prefix), tp.partition): at for tp, at in self._next.items()}

    @property
    def is_caught_up(self) -> bool:
        """Whether all that was there at the start was handled."""
        return self._has_caught_up is not None and self._has_caught_up.done()

    async def caught_up(self) -> None:
        """Return when all that was there at the start was handled; bound it with a timeout."""
        if self._has_caught_up is None:
            raise RuntimeError("not started")
        await asyncio.shield(self._has_caught_up)

    def readiness(self) -> Mapping[str, Check]:
        """The broker answers, and the backlog of the start was handled."""
        return {f"follow-{self._name}": self._check_broker}

    def liveness(self) -> Mapping[str, Check]:
        """The loop turns, also while the broker is away."""
        return {f"follow-{self._name}": self._check_loop}

    async def _connect(self) -> AIOKafkaConsumer:
        settings = self._settings
        consumer = AIOKafkaConsumer(
            **login(settings),
            client_id=f"{self._name}-{settings.instance_id}",
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_poll_records=self._max_poll_records,
            **gathering(self._gather_seconds),
            metadata_max_age_ms=METADATA_MAX_AGE_MS,
            request_timeout_ms=10_000,
        )
        try:
            await consumer.start()
            partitions = await self._partitions(consumer)
            # Before the assignment: then no fetch is under way that the broker answers first.
            self._next = await first_offsets(
                consumer, self._start, partitions, settings.topic_prefix
            )
            self._ends = await consumer.end_offsets(partitions)
            consumer.assign(partitions)
            for tp, offset in self._next.items():
                consumer.seek(tp, offset)
        except BaseException:
            await close_consumer(consumer)
            raise
        return consumer

    async def _partitions(self, consumer: AIOKafkaConsumer) -> list[TopicPartition]:
        found = []
        for topic in map(self._settings.topic, self._topics):
            numbers = await consumer._client._wait_on_metadata(topic)
            found += [TopicPartition(topic, number) for number in sorted(numbers)]
        return found

    async def _turn(self) -> None:
        self._handling.turned_at = time.monotonic()
        require_running(self._consumer)
        for tp, messages in (await self._poll()).items():
            await self._handle(tp, messages)
        if not self._is_stopping and not self.is_caught_up:
            await self._skip_what_holds_no_records()
            self._note_progress()

    async def _poll(self) -> Polled:
        consumer = self._consumer
        assert consumer is not None
        try:
            return await self._polls.next(consumer)
        except KafkaError as error:
            if not error.retriable:
                raise
            log.warning("poll failed", extra={"error": type(error).__name__, "name": self._name})
            await asyncio.sleep(POLL_SECONDS)
            return {}

    async def _handle(self, tp: TopicPartition, messages: list[Any]) -> None:
        records = [record_of(message, self._settings.topic_prefix) for message in messages]
        portions = [records] if self._handling.by_batch else [[record] for record in records]
        for portion in portions:
            if self._is_stopping:
                return
            self._lag.in_hand(portion[0].topic, portion[0].timestamp_ms)
            try:
                if self._handling.by_batch:
                    await self._handling.batch(portion, lambda: not self._is_stopping)
                else:
                    await self._handling.one(portion[0], lambda: not self._is_stopping)
            except Unavailable:
                if self._is_stopping:
                    return
                raise
            self._next[tp] = portion[-1].offset + 1

    async def _skip_what_holds_no_records(self) -> None:
        """Markers and compacted places at the end of a partition count as read."""
        consumer = self._consumer
        assert consumer is not None
        for tp, offset in self._next.items():
            if offset < self._ends[tp]:
                position = await consumer.position(tp)
                self._next[tp] = max(offset, position)

    def _note_progress(self) -> None:
        behind = any(self._next[tp] < end for tp, end in self._ends.items())
        if self._has_caught_up is not None and not self._has_caught_up.done() and not behind:
            self._has_caught_up.set_result(None)

    async def _check_broker(self) -> str | None:
        if self._consumer is None:
            return "not started"
        if not self.is_caught_up:
            return "still reading what was there at the start"
        return await staleness(self._consumer._client, self._settings.kafka_stale_after_seconds)

    async def _check_loop(self) -> str | None:
        silent = time.monotonic() - self._handling.turned_at
        return f"no turn for {silent:.0f} s" if silent > self._stuck_after_seconds else None
