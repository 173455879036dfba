"""What flows tell and ask for, written to Kafka in order and acknowledged."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from chassis.events import headers
from chassis.kafka import Position, Producer
from self_service.adapters.codec import writing
from self_service.adapters.codec.writing import SealedNumber, Written
from self_service.adapters.sealer import Sealer
from self_service.domain.effects import (
    AskAloud,
    CloseChannel,
    Effect,
    Finish,
    PlayMusic,
    RequestCallback,
    RequestQueue,
    Speak,
    Write,
)
from self_service.domain.state import Contact

FACTS = "contact-events.v1"
MESSAGES = "message-events.v1"
COMMANDS = "channel-commands.v1"

Sending = list["asyncio.Future[Position]"]


class KafkaOutbox:
    """Sends the records of effects one after the other and waits for all of them together."""

    def __init__(
        self, producer: Producer, sealer: Sealer, source: str, token_of: Callable[[str], str]
    ) -> None:
        self._producer = producer
        self._sealer = sealer
        self._source = source
        # The token of a phone number.
        self._token_of = token_of

    async def get_ready(self, contact: Contact) -> None:
        """Have the contact's key at hand."""
        await self._sealer.get_ready(contact.workspace, contact.key_id)

    async def publish(self, contact: Contact, flow_name: str, effects: Sequence[Effect]) -> None:
        """Return when Kafka has everything.

        The end of a contact goes out after what was said before it is acknowledged: a window
        must not close over the last words.
        """
        sending: Sending = []
        try:
            for effect in effects:
                if isinstance(effect, Finish | RequestCallback):
                    await asyncio.gather(*sending)
                sending += await self._send(contact, flow_name, effect)
        finally:
            outcomes = await asyncio.gather(*sending, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def request(self, workspace: str, contact_id: str, request: RequestQueue) -> None:
        """Ask for a queue and nothing else."""
        await self._request(workspace, contact_id, request)

    async def _send(self, contact: Contact, flow_name: str, effect: Effect) -> Sending:
        now = datetime.now(UTC)
        if isinstance(effect, RequestQueue):
            return [self._request(contact.workspace, contact.contact_id, effect)]
        if isinstance(effect, Finish):
            finished = writing.flow_finished(contact, effect, self._source, now)
            return [self._put(FACTS, contact.workspace, finished, now)]
        if isinstance(effect, RequestCallback):
            return [await self._call_back(contact, effect, now)]
        if isinstance(effect, PlayMusic | CloseChannel):
            command = writing.channel_command(contact, effect, None, self._source, now)
            return [self._put(COMMANDS, contact.contact_id, command, now)]
        return await self._tell(contact, flow_name, effect, now)

    async def _tell(
        self, contact: Contact, flow_name: str, told: Write | Speak | AskAloud, now: datetime
    ) -> Sending:
        body = await self._sealer.seal(
            contact.workspace, contact.key_id, "MessageRecorded.body", told.text
        )
        options = told.options if isinstance(told, Write) else ()
        labels = [
            await self._sealer.seal(contact.workspace, contact.key_id, "Choice.label", option.label)
            for option in options
        ]
        recorded = writing.message_recorded(
            contact, flow_name, told, body, labels, self._source, now
        )
        sending = [self._put(MESSAGES, contact.conversation_id, recorded, now)]
        if isinstance(told, Write):
            return sending
        purpose = "Say.text" if isinstance(told, Speak) else "Ask.text"
        text = await self._sealer.seal(contact.workspace, contact.key_id, purpose, told.text)
        command = writing.channel_command(contact, told, text, self._source, now)
        return [*sending, self._put(COMMANDS, contact.contact_id, command, now)]

    async def _call_back(
        self, contact: Contact, request: RequestCallback, now: datetime
    ) -> "asyncio.Future[Position]":
        where = None
        if request.number:
            sealed = await self._sealer.seal(
                contact.workspace, contact.key_id, "AddressToken.address", request.number
            )
            where = SealedNumber(self._token_of(request.number), sealed)
        written = writing.callback_requested(contact, request, where, self._source, now)
        return self._put(FACTS, contact.workspace, written, now)

    def _request(
        self, workspace: str, contact_id: str, request: RequestQueue
    ) -> "asyncio.Future[Position]":
        now = datetime.now(UTC)
        written = writing.queue_requested(workspace, contact_id, request, self._source, now)
        return self._put(FACTS, workspace, written, now)

    def _put(
        self, topic: str, key: str, written: Written, now: datetime
    ) -> "asyncio.Future[Position]":
        about = headers(written.event_id, written.type, self._source, now)
        return self._producer.send_soon(topic, key, written.value, about)
