"""Where records go that could not be understood."""

import asyncio
import logging
import time

from chassis.errors import RecordTooLarge, Unavailable
from chassis.kafka.producer import Producer
from chassis.kafka.records import Headers, Record

PATIENCE_SECONDS = 60.0
MAX_REASON = 500

log = logging.getLogger(__name__)


class DeadLetters:
    """Parks records on `<topic>.dlq.<service>`, with the reason and where they stood."""

    def __init__(self, producer: Producer, service: str) -> None:
        self._producer = producer
        self._service = service

    async def park(self, record: Record, reason: str) -> None:
        """Return when the broker has the dead letter; Unavailable when it stays away."""
        topic = f"{record.topic}.dlq.{self._service}"
        headers = [*record.headers, *_why(record, reason)]
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                await self._send(topic, record, headers)
                return
            except Unavailable:
                if time.monotonic() >= deadline:
                    raise
            await asyncio.sleep(0.5)

    async def _send(self, topic: str, record: Record, headers: Headers) -> None:
        try:
            await self._producer.send(topic, record.key, record.value, headers)
        except RecordTooLarge:
            # The position in the headers still leads to the whole record.
            why = [header for header in headers if header[0].startswith("dlq.")]
            await self._producer.send(topic, b"", b"", [*why, ("dlq.truncated", b"true")])


def _why(record: Record, reason: str) -> list[tuple[str, bytes]]:
    return [
        ("dlq.reason", reason[:MAX_REASON].encode()),
        ("dlq.topic", record.topic.encode()),
        ("dlq.partition", str(record.partition).encode()),
        ("dlq.offset", str(record.offset).encode()),
    ]
