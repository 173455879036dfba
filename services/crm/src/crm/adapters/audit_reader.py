"""Reads the audit topics up to where they end now, without a group."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.errors import Unavailable
from chassis.kafka import Record, login
from chassis.kafka.connection import close_consumer, keep_trying
from chassis.kafka.login import named_refusals
from chassis.kafka.records import record_of
from chassis.settings import ServiceSettings

POLL_MILLISECONDS = 500
# A fetch that waits for more holds up the next question on its connection, and all is there.
FETCH_WAIT_MS = 20
# So many empty answers one after the other are an outage.
QUIET_POLLS = 60


async def everything(
    settings: ServiceSettings, topic: str, after: Mapping[int, int] | None = None
) -> AsyncIterator[Record]:
    """Every record behind these offsets that is there now, partition by partition in its order.

    Unavailable when Kafka falls silent.
    """
    async with _reader(settings, topic) as (consumer, places):
        firsts = await consumer.beginning_offsets(places)
        stops = await consumer.end_offsets(places)
        for place in places:
            start = max(firsts[place], (after or {}).get(place.partition, -1) + 1)
            async for message in _partition(consumer, place, start, stops[place]):
                yield record_of(message, settings.topic_prefix)


async def ends(settings: ServiceSettings, topic: str) -> dict[int, int]:
    """The next offset of each partition."""
    async with _reader(settings, topic) as (consumer, places):
        found = await consumer.end_offsets(places)
    return {place.partition: end for place, end in found.items()}


async def beginnings(settings: ServiceSettings, topic: str) -> dict[int, int]:
    """The offset of the oldest record of each partition that is still there."""
    async with _reader(settings, topic) as (consumer, places):
        found = await consumer.beginning_offsets(places)
    return {place.partition: offset for place, offset in found.items()}


@asynccontextmanager
async def _reader(
    settings: ServiceSettings, topic: str
) -> AsyncIterator[tuple[AIOKafkaConsumer, list[TopicPartition]]]:
    async def connect() -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            **login(settings), enable_auto_commit=False, fetch_max_wait_ms=FETCH_WAIT_MS
        )
        try:
            await consumer.start()
        except BaseException:
            await consumer.stop()
            raise
        return consumer

    name = settings.topic(topic)
    with named_refusals(settings, f"read {topic}"):
        consumer = await keep_trying(connect, "audit reader", settings.start_timeout_seconds)
        try:
            metadata = await consumer._client.fetch_all_metadata()
            numbers = sorted(metadata.partitions_for_topic(name) or ())
            if numbers:
                await consumer._client.add_topic(name)
            yield consumer, [TopicPartition(name, number) for number in numbers]
        finally:
            await close_consumer(consumer)


async def _partition(
    consumer: AIOKafkaConsumer, place: TopicPartition, start: int, end: int
) -> AsyncIterator[Any]:
    if start >= end:
        return
    consumer.assign([place])
    consumer.seek(place, start)
    quiet = 0
    while await consumer.position(place) < end:
        found = (await consumer.getmany(place, timeout_ms=POLL_MILLISECONDS)).get(place, [])
        quiet = 0 if found else quiet + 1
        if quiet > QUIET_POLLS:
            raise Unavailable(f"{place.topic} {place.partition}: the broker is silent")
        for message in found:
            if message.offset < end:
                yield message
