"""At-least-once consumption as a member of a group."""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from chassis.errors import Unavailable
from chassis.kafka import metrics
from chassis.kafka.client_faults import require_running
from chassis.kafka.commits import Commits
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
from chassis.kafka.records import record_of
from chassis.part import Check, Part
from chassis.settings import ServiceSettings

REBALANCE_SECONDS = 20.0
REVOKE_SECONDS = 10.0

log = logging.getLogger(__name__)


class GroupConsumer(Part):
    """Handles every record at least once, in order per partition; commits what was handled.

    One at a time, over all partitions: who needs more speed runs more members, or batches.

    A record is done when its handler returned or it was parked. InvalidMessage parks it,
    Unavailable tries it again for `patience_seconds`, anything else comes out of `run` and
    ends the process with the offset uncommitted: handlers must be idempotent.
    With `gather_seconds` the broker may hold records back for so long and send them together:
    a fetch costs more than a record, so who is in no hurry should say so.
    `handle_batch` gets all polled records of one partition instead (and, when it raises
    InvalidMessage, each of them again by itself).
    """

    def __init__(
        self,
        settings: ServiceSettings,
        group: str,
        topics: Sequence[str],
        handle: Handle | None,
        dead_letters: Parking,
        *,
        handle_batch: HandleBatch | None = None,
        max_poll_records: int = 500,
        gather_seconds: float = 0.0,
        commit_interval_seconds: float = 1.0,
        patience_seconds: float = 60.0,
        stuck_after_seconds: float = 120.0,
    ) -> None:
        self._settings = settings
        self._group = group
        self._topics = tuple(topics)
        self._max_poll_records = max_poll_records
        self._gather_seconds = gather_seconds
        self._stuck_after_seconds = stuck_after_seconds
        self._handling = Handling(group, handle, handle_batch, dead_letters, patience_seconds)
        self._commits = Commits(group, commit_interval_seconds)
        self._lag = Lag(group, topics, settings.topic_prefix, self._commits.next_offsets)
        self._consumer: AIOKafkaConsumer | None = None
        self._in_hand = asyncio.Lock()
        self._epoch = 0
        self._behind: set[TopicPartition] | None = None
        self._is_revoking = False
        self._is_stopping = False
        self._polls = Polls()
        self._idle = asyncio.Event()
        self._idle.set()

    async def start(self) -> None:
        """Connect and join; Unavailable when the broker stays away for the start timeout."""
        with named_refusals(self._settings, self._aim()):
            self._consumer = await keep_trying(
                self._connect, f"consumer {self._group}", self._settings.start_timeout_seconds
            )
        self._commits.use(self._consumer)
        self._lag.watch(self._consumer)

    async def run(self) -> None:
        """Consume until stopped; NotAllowed when the broker forbids it, ClientStopped."""
        self._idle.clear()
        try:
            with named_refusals(self._settings, self._aim()):
                while not self._is_stopping:
                    await self._turn()
        finally:
            await self._commits.flush(within=5.0)
            self._idle.set()

    async def stop(self) -> None:
        """Finish the record in hand, commit, leave the group."""
        self._is_stopping = True
        self._polls.end()
        await self._idle.wait()
        self._lag.forget()
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await close_consumer(consumer)

    @property
    def is_catching_up(self) -> bool:
        """Whether what waited when the partitions were assigned is still being handled.

        So it is too while no partitions are assigned yet.
        """
        return self._behind is None or bool(self._behind)

    def readiness(self) -> Mapping[str, Check]:
        """The broker answers this consumer."""
        return {f"consumer-{self._group}": self._check_broker}

    def liveness(self) -> Mapping[str, Check]:
        """The loop turns, also while the broker is away."""
        return {f"consumer-{self._group}": self._check_loop}

    def _aim(self) -> str:
        return f"read {', '.join(self._topics)} as group {self._group}"

    async def _connect(self) -> AIOKafkaConsumer:
        settings = self._settings
        session_ms = int(settings.kafka_session_timeout_seconds * 1000)
        consumer = AIOKafkaConsumer(
            **login(settings),
            client_id=f"{self._group}-{settings.instance_id}",
            group_id=settings.topic(self._group),
            group_instance_id=settings.instance_id if settings.kafka_static_membership else None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            session_timeout_ms=session_ms,
            heartbeat_interval_ms=min(1500, session_ms // 3),
            rebalance_timeout_ms=int(REBALANCE_SECONDS * 1000),
            max_poll_records=self._max_poll_records,
            **gathering(self._gather_seconds),
            metadata_max_age_ms=METADATA_MAX_AGE_MS,
            request_timeout_ms=10_000,
        )
        consumer.subscribe([settings.topic(name) for name in self._topics], listener=_Revoked(self))
        try:
            await consumer.start()
        except BaseException:
            await close_consumer(consumer)
            raise
        return consumer

    async def _turn(self) -> None:
        self._handling.turned_at = time.monotonic()
        require_running(self._consumer)
        batches = await self._poll()
        epoch = self._epoch
        for tp, messages in batches.items():
            self._commits.received(tp, messages[0].offset)
        for tp, messages in batches.items():
            await self._handle(tp, messages, epoch)
        if self._behind:
            await self._note_progress(self._behind)
        self._commits.soon()

    async def _note_progress(self, behind: set[TopicPartition]) -> None:
        """A partition is no longer behind once all that the broker told of it was handled."""
        consumer, handled = self._consumer, self._commits.next_offsets()
        assert consumer is not None
        for tp in behind & consumer.assignment():
            high: int | None = consumer.highwater(tp)
            if high is not None and handled.get(tp, await consumer.position(tp)) >= high:
                behind.discard(tp)

    async def _poll(self) -> Polled:
        """Nothing, too, while a rebalance or an outage of the broker lasts."""
        consumer = self._consumer
        assert consumer is not None
        try:
            async with asyncio.timeout(POLL_SECONDS * 4):
                return await self._polls.next(consumer)
        except TimeoutError:
            return {}
        except KafkaError as error:
            if not error.retriable:
                raise
            log.warning("poll failed", extra={"error": type(error).__name__, "group": self._group})
            await asyncio.sleep(POLL_SECONDS)
            return {}

    async def _handle(self, tp: TopicPartition, messages: list[Any], epoch: int) -> None:
        records = [record_of(message, self._settings.topic_prefix) for message in messages]
        portions = [records] if self._handling.by_batch else [[record] for record in records]
        for portion in portions:
            async with self._in_hand:
                if not self._may_go_on(epoch):
                    return
                self._lag.in_hand(portion[0].topic, portion[0].timestamp_ms)
                try:
                    if self._handling.by_batch:
                        await self._handling.batch(portion, lambda: self._may_go_on(epoch))
                    else:
                        await self._handling.one(portion[0], lambda: self._may_go_on(epoch))
                except Unavailable:
                    if self._may_go_on(epoch):
                        raise
                    return
                if epoch == self._epoch:
                    self._commits.done(tp, portion[-1].offset + 1)

    def _may_go_on(self, epoch: int) -> bool:
        return epoch == self._epoch and not self._is_revoking and not self._is_stopping

    async def _give_back(self, partitions: set[TopicPartition]) -> None:
        """Let the record in hand end, commit what is done, forget the rest."""
        if not partitions:
            return
        metrics.REBALANCES.labels(self._group).inc()
        self._is_revoking = True
        self._behind = None
        try:
            async with asyncio.timeout(REVOKE_SECONDS), self._in_hand:
                pass
        except TimeoutError:
            log.warning("partitions went while a record was in hand", extra={"group": self._group})
        finally:
            await self._commits.flush(within=REVOKE_SECONDS / 2)
            self._commits.forget()
            self._epoch += 1
            self._is_revoking = False

    async def _check_broker(self) -> str | None:
        if self._consumer is None:
            return "not started"
        limit = self._settings.kafka_stale_after_seconds
        return await staleness(self._consumer._client, limit)

    async def _check_loop(self) -> str | None:
        silent = time.monotonic() - self._handling.turned_at
        return f"no turn for {silent:.0f} s" if silent > self._stuck_after_seconds else None


class _Revoked(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(self, consumer: GroupConsumer) -> None:
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        await self._consumer._give_back(revoked)

    def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self._consumer._behind = set(assigned)
