"""Facts as records."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from google.protobuf.timestamp_pb2 import Timestamp

from contact_center.v1 import common_pb2, contact_events_pb2, message_events_pb2
from ingest_voice.domain import facts
from ingest_voice.domain.identity import event_id_of

CONTACT_EVENTS = "contact-events.v1"
MESSAGE_EVENTS = "message-events.v1"

_PARTIES = {
    facts.Party.CUSTOMER: contact_events_pb2.PARTY_CUSTOMER,
    facts.Party.AGENT: contact_events_pb2.PARTY_AGENT,
}
_DELIVERIES = {
    facts.Delivery.PLAYED: message_events_pb2.DELIVERY_STATUS_DELIVERED,
    facts.Delivery.INTERRUPTED: message_events_pb2.DELIVERY_STATUS_INTERRUPTED,
    facts.Delivery.FAILED: message_events_pb2.DELIVERY_STATUS_FAILED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedText:
    key_id: str
    nonce: bytes
    ciphertext: bytes


class Sealer(Protocol):
    def seal(self, key_id: str, purpose: str, text: str) -> SealedText: ...

    def phone_token(self, number: str) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """A fact with all that its envelope needs."""

    fact: facts.Fact
    workspace: str
    source: str
    conversation_id: str
    key_id: str
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A record to be: topic, key, value, and what its headers say."""

    topic: str
    key: str
    value: bytes
    event_id: str
    event_type: str


def written(writing: Writing, sealer: Sealer) -> Written:
    """Encode a fact; the same fact has the same event id each time."""
    if isinstance(writing.fact, facts.ContactFact):
        return _contact_event(writing, sealer)
    return _message_event(writing, sealer)


def _contact_event(writing: Writing, sealer: Sealer) -> Written:
    fact = writing.fact
    event = contact_events_pb2.ContactEvent(
        workspace=writing.workspace, source=writing.source, occurred_at=_stamp(writing.now)
    )
    parts: tuple[str, ...] = ()
    match fact:
        case facts.ContactArrived():
            event.contact_arrived.CopyFrom(_arrived(fact, sealer))
            parts = (fact.contact_id,)
        case facts.CustomerLeft():
            event.customer_left.contact_id = fact.contact_id
            parts = (fact.contact_id,)
        case facts.ContactDisconnected():
            event.contact_disconnected.contact_id = fact.contact_id
            event.contact_disconnected.by = _PARTIES[fact.by]
            parts = (fact.contact_id, fact.by)
        case facts.ChannelFailed():
            event.channel_failed.contact_id = fact.contact_id
            event.channel_failed.reason = fact.reason
            parts = (fact.contact_id,)
        case facts.AgentConnected():
            connected = event.agent_connected
            connected.contact_id, connected.offer_id = fact.contact_id, fact.offer_id
            connected.agent_id = fact.agent_id
            parts = (fact.contact_id, fact.offer_id)
        case facts.AgentLegFailed():
            failed = event.agent_leg_failed
            failed.contact_id, failed.offer_id = fact.contact_id, fact.offer_id
            failed.agent_id, failed.reason = fact.agent_id, fact.reason
            parts = (fact.contact_id, fact.offer_id)
        case facts.CallbackRequested():
            event.callback_requested.contact_id = fact.contact_id
            parts = (fact.contact_id,)
        case facts.CustomerLegFailed():
            missed = event.customer_leg_failed
            missed.contact_id, missed.offer_id = fact.contact_id, fact.offer_id
            missed.reason = fact.reason
            parts = (fact.contact_id, fact.offer_id)
    event_type = type(fact).__name__
    event.event_id = event_id_of(event_type, *parts)
    return Written(
        topic=CONTACT_EVENTS,
        key=writing.workspace,
        value=event.SerializeToString(),
        event_id=event.event_id,
        event_type=event_type,
    )


def _arrived(fact: facts.ContactArrived, sealer: Sealer) -> contact_events_pb2.ContactArrived:
    arrived = contact_events_pb2.ContactArrived(
        contact_id=fact.contact_id,
        channel=common_pb2.CHANNEL_VOICE,
        entry_point=fact.entry_point,
        conversation_id=fact.conversation_id,
        key_id=fact.key_id,
        lineage=common_pb2.Lineage(initial_id=fact.contact_id),
    )
    if fact.caller:
        address = common_pb2.AddressToken(
            kind="phone",
            token=sealer.phone_token(fact.caller),
            is_verified=True,
            address=_sealed(sealer, fact.key_id, "AddressToken.address", fact.caller),
        )
        arrived.addresses.append(address)
    return arrived


def _message_event(writing: Writing, sealer: Sealer) -> Written:
    event = message_events_pb2.MessageEvent(
        workspace=writing.workspace,
        conversation_id=writing.conversation_id,
        source=writing.source,
        occurred_at=_stamp(writing.now),
    )

    def body(text: str) -> common_pb2.Sealed:
        return _sealed(sealer, writing.key_id, "MessageRecorded.body", text)

    event_type, event.event_id = _fill(event, writing.fact, body)
    return Written(
        topic=MESSAGE_EVENTS,
        key=writing.conversation_id,
        value=event.SerializeToString(),
        event_id=event.event_id,
        event_type=event_type,
    )


def _fill(
    event: message_events_pb2.MessageEvent,
    fact: facts.Fact,
    body: Callable[[str], common_pb2.Sealed],
) -> tuple[str, str]:
    """Put the fact into its envelope; its type and its event id."""
    match fact:
        case facts.PromptSpoken():
            said = event.message_recorded
            said.message_id, said.contact_id = fact.message_id, fact.contact_id
            said.author = contact_events_pb2.PARTY_FLOW
            said.kind = message_events_pb2.MESSAGE_KIND_PROMPT
            said.body.CopyFrom(body(fact.text))
            return "MessageRecorded", event_id_of("PromptSpoken", fact.message_id)
        case facts.DigitsTyped():
            typed = event.message_recorded
            typed.message_id = event_id_of("digits", fact.reply_to_message_id)
            typed.contact_id, typed.reply_to_message_id = fact.contact_id, fact.reply_to_message_id
            typed.author = contact_events_pb2.PARTY_CUSTOMER
            typed.kind = message_events_pb2.MESSAGE_KIND_DIGITS
            typed.body.CopyFrom(body(fact.digits))
            return "MessageRecorded", event_id_of("DigitsTyped", fact.reply_to_message_id)
        case facts.PromptEnded():
            delivery = event.delivery_updated
            delivery.message_id, delivery.contact_id = fact.message_id, fact.contact_id
            delivery.status, delivery.reason = _DELIVERIES[fact.delivery], fact.reason
            return "DeliveryUpdated", event_id_of("PromptEnded", fact.message_id)
        case facts.InputMissed():
            missed = event.input_missed
            missed.message_id, missed.contact_id = fact.message_id, fact.contact_id
            return "InputMissed", event_id_of("InputMissed", fact.message_id)
        case facts.RecordingStored():
            stored = event.recording_stored
            stored.contact_id, stored.recording_id = fact.contact_id, fact.recording_id
            stored.uri, stored.sha256 = fact.uri, fact.sha256
            stored.duration_seconds, stored.key_id = fact.duration_seconds, fact.key_id
            return "RecordingStored", event_id_of("RecordingStored", fact.recording_id)
        case _:
            raise ValueError(f"{type(fact).__name__} is no content")


def _sealed(sealer: Sealer, key_id: str, purpose: str, text: str) -> common_pb2.Sealed:
    sealed = sealer.seal(key_id, purpose, text)
    return common_pb2.Sealed(key_id=sealed.key_id, nonce=sealed.nonce, ciphertext=sealed.ciphertext)


def _stamp(now: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(now)
    return stamp
