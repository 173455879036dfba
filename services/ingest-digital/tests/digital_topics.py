"""What ingest-digital wrote, read from its topics."""

import contextlib
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from google.protobuf.message import DecodeError

from contact_center.v1 import (
    contact_events_pb2,
    message_events_pb2,
)
from ingest_digital.adapters.publisher import CONTACT_EVENTS, MESSAGE_EVENTS
from ingest_digital.settings import Settings


class TopicReader:
    """Reads whole topics of one workspace."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def facts(self, kind: str = "") -> list[Any]:
        """All facts in their order; with a kind only those, as their own message."""
        events = await self._all(CONTACT_EVENTS, contact_events_pb2.ContactEvent)
        if not kind:
            return events
        return [getattr(e, kind) for e in events if e.WhichOneof("fact") == kind]

    async def content(self) -> list[Any]:
        return await self._all(MESSAGE_EVENTS, message_events_pb2.MessageEvent)

    async def raw(self) -> bytes:
        """Every byte of this workspace's records: keys, headers and values."""
        found = b""
        for topic in (CONTACT_EVENTS, MESSAGE_EVENTS, "routing-events.v1"):
            for record in await self._records(topic):
                found += bytes(record.key or b"") + bytes(record.value or b"")
                found += b"".join(name.encode() + value for name, value in record.headers)
        return found

    async def _all(self, topic: str, message: Any) -> list[Any]:
        found = []
        for record in await self._records(topic):
            # Another test has put garbage there.
            with contextlib.suppress(DecodeError):
                found.append(message.FromString(record.value))
        return [event for event in found if event.workspace == self._settings.workspace]

    async def _records(self, topic: str) -> list[Any]:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._settings.kafka_bootstrap_servers, group_id=None
        )
        await consumer.start()
        try:
            name = self._settings.topic(topic)
            numbers = await consumer._client._wait_on_metadata(name)
            partitions = [TopicPartition(name, number) for number in sorted(numbers)]
            ends = await consumer.end_offsets(partitions)
            begins = await consumer.beginning_offsets(partitions)
            consumer.assign(partitions)
            for tp in partitions:
                consumer.seek(tp, begins[tp])
            found: list[Any] = []
            left = {tp for tp in partitions if begins[tp] < ends[tp]}
            while left:
                for tp, records in (await consumer.getmany(timeout_ms=200)).items():
                    found += records
                    if records[-1].offset + 1 >= ends[tp]:
                        left.discard(tp)
            return found
        finally:
            await consumer.stop()
