"""Reading topics beside the group: from any offset to the end, without joining anything."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.kafka import login
from chassis.kafka.connection import close_consumer, keep_trying
from router.handlers.partition import Raw
from router.settings import RouterSettings

BATCH = 500
PATIENCE_SECONDS = 60.0
SETTLE_SECONDS = 0.05
FETCH_WAIT_MS = 20
"""A fetch that waits holds up every other question on its connection."""


class BrokerSilent(Exception):
    """The broker gave no record that it must have, for too long."""


class LogReader:
    """A consumer without a group for each topic, which thus keeps that topic's leaders known.

    Used by one task at a time.
    """

    def __init__(self, settings: RouterSettings) -> None:
        self._settings = settings
        self._consumers: dict[str, AIOKafkaConsumer] = {}
        self.partitions: dict[str, int] = {}
        """How many each topic has."""

    async def start(self, topics: Iterable[str]) -> None:
        """Connect; Unavailable when the broker stays away for the start timeout."""
        for topic in topics:
            name = self._settings.topic(topic)
            consumer = await keep_trying(
                self._connect, "reader start", self._settings.start_timeout_seconds
            )
            self._consumers[topic] = consumer
            metadata = await consumer._client.fetch_all_metadata()
            self.partitions[topic] = len(metadata.partitions_for_topic(name) or ())
            _rest(consumer, TopicPartition(name, 0))

    async def stop(self) -> None:
        """Disconnect.

        A client that is just taking a new assignment up misses that it shall stop, so it is
        given the time to do so first.
        """
        await asyncio.sleep(SETTLE_SECONDS)
        for consumer in self._consumers.values():
            await close_consumer(consumer)

    async def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """Return the first offset that is there, and the one that comes next."""
        consumer, place = self._at(topic, partition)
        first = await consumer.beginning_offsets([place])
        ends = await consumer.end_offsets([place])
        return first[place], ends[place]

    async def offset_at(self, topic: str, partition: int, stamp: int) -> int | None:
        """Return the first offset that was stamped then or later; None when there is none."""
        consumer, place = self._at(topic, partition)
        found = (await consumer.offsets_for_times({place: stamp}))[place]
        return None if found is None else int(found.offset)

    async def since(self, topic: str, partition: int, stamp: int) -> int:
        """Return the offset of the first record that is not older; the end when there is none."""
        found = await self.offset_at(topic, partition, stamp)
        return (await self.bounds(topic, partition))[1] if found is None else found

    async def read(
        self, topic: str, partition: int, start: int, end: int
    ) -> AsyncGenerator[Raw, None]:
        """Yield the records from `start` up to, not including, `end`, gaps left out."""
        if start >= end:
            return
        consumer, place = self._at(topic, partition)
        consumer.assign([place])
        consumer.seek(place, start)
        heard = time.monotonic()
        try:
            while await consumer.position(place) < end:
                found = await consumer.getmany(place, timeout_ms=500, max_records=BATCH)
                records = found.get(place, [])
                if records:
                    heard = time.monotonic()
                elif time.monotonic() - heard > PATIENCE_SECONDS:
                    raise BrokerSilent(f"{topic} {partition}: nothing in {PATIENCE_SECONDS:.0f} s")
                for record in records:
                    if record.offset < end:
                        yield raw_of(record)
        finally:
            _rest(consumer, place)

    async def _connect(self) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            **login(self._settings),
            group_id=None,
            enable_auto_commit=False,
            metadata_max_age_ms=5_000,
            fetch_max_wait_ms=FETCH_WAIT_MS,
        )
        try:
            await consumer.start()
        except BaseException:
            await consumer.stop()
            raise
        return consumer

    def _at(self, topic: str, partition: int) -> tuple[AIOKafkaConsumer, TopicPartition]:
        return self._consumers[topic], TopicPartition(self._settings.topic(topic), partition)


def _rest(consumer: AIOKafkaConsumer, place: TopicPartition) -> None:
    """Fetch nothing, but keep the topic's leaders known."""
    consumer.assign([place])
    consumer.pause(place)


def raw_of(record: Any) -> Raw:
    """Return the client's record as ours."""
    return Raw(
        offset=record.offset,
        stamp=record.timestamp,
        key=record.key or b"",
        value=record.value or b"",
        headers=tuple((name, value or b"") for name, value in record.headers),
    )
