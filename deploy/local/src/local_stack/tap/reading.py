"""The records of a topic, from where one likes to now or for ever."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from chassis.kafka import login
from chassis.kafka.connection import close_consumer
from chassis.settings import ServiceSettings
from local_stack.errors import StackError
from local_stack.tap.starts import Offsets, begins
from local_stack.topics import partition_counts

POLL_MILLISECONDS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is to be read; no group, nothing is committed, nobody notices."""

    servers: str
    topic: str
    start: str
    until_end: bool

    async def records(self, over: asyncio.Event) -> AsyncIterator[Any]:
        """Every record; None when all that was there is given. Partitions are merged by time."""
        partitions = await self._partitions()
        settings = ServiceSettings(kafka_bootstrap_servers=self.servers)
        consumer = AIOKafkaConsumer(**login(settings), enable_auto_commit=False)
        try:
            await consumer.start()
            # Before the assignment: else a fetch is under way that the broker answers first.
            first = await begins(consumer, partitions, self.start)
            ends: Offsets = await consumer.end_offsets(list(first))
            consumer.assign(list(first))
            for partition, offset in first.items():
                consumer.seek(partition, offset)
            while not over.is_set():
                if self.until_end and await _is_at_end(consumer, ends):
                    return
                batches = await consumer.getmany(timeout_ms=POLL_MILLISECONDS)
                for record in _in_order(batches, ends if self.until_end else None):
                    yield record
                yield None
        finally:
            await close_consumer(consumer)

    async def _partitions(self) -> list[TopicPartition]:
        try:
            counts = await partition_counts(self.servers)
        except KafkaError as error:
            raise StackError(f"no Kafka at {self.servers}: start one with make up") from error
        if self.topic not in counts:
            there = ", ".join(sorted(counts))
            raise StackError(f"there is no topic {self.topic!r} (there are: {there})")
        return [TopicPartition(self.topic, number) for number in range(counts[self.topic])]


async def _is_at_end(consumer: AIOKafkaConsumer, ends: Offsets) -> bool:
    positions = [await consumer.position(partition) >= end for partition, end in ends.items()]
    return all(positions)


def _in_order(batches: dict[TopicPartition, list[Any]], ends: Offsets | None) -> list[Any]:
    """Merge the partitions by time; each stays in its own order."""
    records = [
        record
        for partition, batch in batches.items()
        for record in batch
        if ends is None or record.offset < ends[partition]
    ]
    return sorted(records, key=lambda record: (record.timestamp, record.partition, record.offset))
