"""Writing to the topics: facts, what agents say, and the mails to send."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from opentelemetry import trace
from opentelemetry.trace import SpanKind

from chassis.errors import RecordTooLarge, Unavailable
from chassis.events import headers
from chassis.kafka import Producer
from desk.adapters.codec.facts import Written, fact_record
from desk.adapters.codec.messages import agent_message_record, send_mail_record
from desk.adapters.codec.sealed import Sealer, sealer
from desk.adapters.keys import Keys
from desk.domain.agents import HeldContact
from desk.domain.facts import Fact, WrapUpFinished
from desk.domain.names import EventId, message_id_of
from desk.handlers.ports import NotThere, NotWritten

TRACER = trace.get_tracer("desk")
FACTS = "contact-events.v1"
MESSAGES = "message-events.v1"
COMMANDS = "channel-commands.v1"
MAIL_EXPIRES_AFTER = timedelta(days=1)


def now_utc() -> datetime:
    """The writer's clock."""
    return datetime.now(UTC)


class KafkaLog:
    """The desk's pen; every record carries its event's id, so a repeat is the same record."""

    def __init__(
        self,
        producer: Producer,
        keys: Keys,
        *,
        source: str,
        now: Callable[[], datetime] = now_utc,
    ) -> None:
        self._producer = producer
        self._keys = keys
        self._source = source
        self._now = now

    async def append(self, workspace: str, event_id: EventId, fact: Fact) -> None:
        """The fact, keyed by workspace; a note is sealed with its contact's key."""
        seal = None
        if isinstance(fact, WrapUpFinished) and fact.note:
            seal = await self._sealer(workspace, fact.key_id)
        now = self._now()
        written = fact_record(
            fact,
            event_id=event_id,
            workspace=workspace,
            source=self._source,
            now=now,
            note_sealer=seal,
        )
        await self._send(FACTS, workspace, event_id, written, now)

    async def record(
        self,
        workspace: str,
        contact: HeldContact,
        event_id: EventId,
        agent_id: str,
        text: str,
        subject: str,
    ) -> None:
        """The message, keyed by conversation."""
        now = self._now()
        written = agent_message_record(
            event_id=event_id,
            message_id=message_id_of(event_id),
            workspace=workspace,
            conversation_id=contact.conversation_id,
            contact_id=contact.said_on,
            agent_id=agent_id,
            text=text,
            subject=subject,
            seal=await self._sealer(workspace, contact.key_id),
            source=self._source,
            now=now,
            is_internal=contact.is_consult,
        )
        await self._send(MESSAGES, contact.conversation_id, event_id, written, now)

    async def send_mail(
        self, workspace: str, contact: HeldContact, event_id: EventId, text: str, subject: str
    ) -> None:
        """The effect, keyed by contact."""
        now = self._now()
        written = send_mail_record(
            message_id=message_id_of(event_id),
            workspace=workspace,
            conversation_id=contact.conversation_id,
            contact_id=contact.said_on,
            text=text,
            subject=subject,
            seal=await self._sealer(workspace, contact.key_id),
            source=self._source,
            now=now,
            expires_after=MAIL_EXPIRES_AFTER,
        )
        await self._send(COMMANDS, contact.said_on, message_id_of(event_id), written, now)

    async def _sealer(self, workspace: str, key_id: str) -> Sealer:
        try:
            key = await self._keys.key(workspace, key_id)
        except NotThere as error:
            raise NotWritten("the contact's key is destroyed") from error
        return sealer(workspace, key_id, key)

    async def _send(
        self, topic: str, key: str, event_id: str, written: Written, now: datetime
    ) -> None:
        # Every record carries a trace: the command's, or one that begins here.
        with TRACER.start_as_current_span(
            f"{topic} publish", kind=SpanKind.PRODUCER, record_exception=False
        ):
            carried = headers(event_id, written.type, self._source, now)
        try:
            await self._producer.send(topic, key, written.value, carried)
        except (Unavailable, RecordTooLarge) as error:
            raise NotWritten(str(error)) from error
