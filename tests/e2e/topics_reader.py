"""Read whole topics, from their start to their end, without a consumer group."""

import asyncio
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from google.protobuf.message import DecodeError

from chassis.kafka.connection import close_consumer

WAIT_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One record: its place, its stamp in milliseconds, and its bytes."""

    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()

    @property
    def trace_id(self) -> str:
        """The trace that the record belongs to; empty when it has none."""
        parent = dict(self.headers).get("traceparent", b"").decode(errors="replace")
        return parent.split("-")[1] if parent.count("-") == 3 else ""


async def read_topic(bootstrap_servers: str, topic: str) -> list[Read]:
    """Return every record of the topic up to the end it has now, in order per partition.

    A topic that does not exist is empty. Raises TimeoutError when its end is not reached in time.
    """
    partitions = await _partitions(bootstrap_servers, topic)
    if not partitions:
        return []
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        await consumer.seek_to_beginning(*partitions)
        async with asyncio.timeout(WAIT_SECONDS):
            return await _until(consumer, ends)
    finally:
        await close_consumer(consumer)


async def _partitions(bootstrap_servers: str, topic: str) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        [described] = await admin.describe_topics([topic])
    finally:
        await admin.close()
    return [TopicPartition(topic, p["partition"]) for p in described["partitions"]]


async def _until(consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> list[Read]:
    found: list[Read] = []
    while any([await consumer.position(tp) < end for tp, end in ends.items()]):
        batches = await consumer.getmany(timeout_ms=200, max_records=5000)
        for tp, records in batches.items():
            found += [
                Read(
                    partition=tp.partition,
                    offset=r.offset,
                    timestamp_ms=r.timestamp,
                    key=r.key,
                    value=r.value,
                    headers=tuple(r.headers),
                )
                for r in records
                if r.offset < ends[tp]
            ]
    return sorted(found, key=lambda r: (r.partition, r.offset))


def parse(record: Read, message: type[Any]) -> Any | None:
    """Return the record as a message, or None when nobody can understand its bytes."""
    value = message()
    try:
        value.ParseFromString(record.value or b"")
    except DecodeError:
        return None
    return value
