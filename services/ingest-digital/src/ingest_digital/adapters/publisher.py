"""Facts and content to Kafka."""

from datetime import UTC, datetime

from chassis.events import headers
from chassis.kafka import Producer
from ingest_digital.adapters.codec import written
from ingest_digital.domain.facts import Content, Fact
from ingest_digital.domain.words import Position

CONTACT_EVENTS = "contact-events.v1"
MESSAGE_EVENTS = "message-events.v1"


class KafkaPublisher:
    """Returns when all replicas have the record; Unavailable otherwise."""

    def __init__(self, producer: Producer, workspace: str, instance_id: str) -> None:
        self._producer = producer
        self._workspace = workspace
        self._source = f"ingest-digital/{instance_id}"

    async def fact(self, event_id: str, fact: Fact) -> None:
        """Into the workspace's one order."""
        now = datetime.now(UTC)
        value = written.fact_bytes(event_id, self._workspace, self._source, now, fact)
        about = headers(event_id, type(fact).__name__, self._source, now)
        await self._producer.send(CONTACT_EVENTS, self._workspace, value, about)

    async def content(self, event_id: str, conversation_id: str, content: Content) -> Position:
        """Into the conversation's order; where it stands."""
        now = datetime.now(UTC)
        value = written.content_bytes(
            event_id, self._workspace, conversation_id, self._source, now, content
        )
        about = headers(event_id, type(content).__name__, self._source, now)
        place = await self._producer.send(MESSAGE_EVENTS, conversation_id, value, about)
        return Position(place.partition, place.offset)
