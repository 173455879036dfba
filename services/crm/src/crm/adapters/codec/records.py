"""Records of the topics as values of the domain, and back."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar

from crm.domain import timeline
from crm.domain.customers import MAX_ID_LENGTH
from crm.domain.identification import Address, Arrival, identified_event_id
from crm.handlers import Identified, KeyUse
from google.protobuf.message import DecodeError, Message

from chassis.errors import InvalidMessage
from chassis.kafka import Record
from contact_center.v1 import (
    common_pb2,
    contact_events_pb2,
    message_events_pb2,
    routing_events_pb2,
)

MAX_URI_LENGTH = 2000
MAX_ADDRESSES = 50
MAX_STEP_NUMBER = 2**63 - 1

M = TypeVar("M", bound=Message)


def identification_inputs(record: Record) -> list[Arrival | KeyUse]:
    """What a record of contact-events.v1 or routing-events.v1 asks of the identification."""
    if record.topic == "contact-events.v1":
        return _from_fact(_parsed(contact_events_pb2.ContactEvent, record), record)
    return _from_step(_parsed(routing_events_pb2.RoutingStep, record))


def timeline_step(record: Record) -> timeline.Step:
    """What a record of routing-events.v1 changes in the timeline."""
    step = _parsed(routing_events_pb2.RoutingStep, record)
    workspace, number = _required(step.workspace, "workspace"), _step_number(step)
    stamped_at = _instant(step.stamped_at, "stamped_at")
    changes, assigned = [], []
    for decision in step.decisions:
        kind = decision.WhichOneof("decision")
        if kind in _CHANGES:
            body = getattr(decision, kind)
            said = _CHANGES[kind](body, stamped_at)
            contact_id = _required(body.contact_id, f"{kind}.contact_id")
            changes.append(
                timeline.ContactChange(
                    workspace=workspace, contact_id=contact_id, step_number=number, **said
                )
            )
        elif kind == "message_received":
            assigned.append(_assigned(decision.message_received, workspace, number))
    return timeline.Step(
        workspace=workspace, step_number=number, changes=tuple(changes), assigned=tuple(assigned)
    )


def said(record: Record) -> timeline.Said | None:
    """What a record of message-events.v1 adds to the timeline; None: nothing of ours."""
    event = _parsed(message_events_pb2.MessageEvent, record)
    workspace = _required(event.workspace, "workspace")
    match event.WhichOneof("event"):
        case "message_recorded":
            return _message(event, workspace, record)
        case "delivery_updated":
            update = event.delivery_updated
            return timeline.Delivery(
                workspace=workspace,
                message_id=_required(update.message_id, "message_id"),
                status=_word(message_events_pb2.DeliveryStatus, "DELIVERY_STATUS", update.status),
            )
        case "recording_stored":
            stored = event.recording_stored
            return timeline.Recording(
                workspace=workspace,
                recording_id=_required(stored.recording_id, "recording_id"),
                contact_id=_required(stored.contact_id, "contact_id"),
                uri=_text(stored.uri, "uri", MAX_URI_LENGTH),
                duration_seconds=stored.duration_seconds,
            )
    return None


def identified_event(identified: Identified, source: str, now: datetime) -> tuple[str, bytes]:
    """The fact CustomerIdentified: its id and its bytes."""
    event_id = identified_event_id(identified.workspace, identified.contact_id)
    event = contact_events_pb2.ContactEvent(
        event_id=event_id,
        workspace=identified.workspace,
        source=source,
        customer_identified=contact_events_pb2.CustomerIdentified(
            contact_id=identified.contact_id,
            customer_id=identified.customer_id,
            is_new=identified.is_new,
            tier=identified.tier,
            last_agent_id=identified.last_agent_id,
            contact_count=identified.contact_count,
        ),
    )
    event.occurred_at.FromDatetime(now)
    return event_id, event.SerializeToString()


def _from_fact(event: Any, record: Record) -> list[Arrival | KeyUse]:
    workspace = _required(event.workspace, "workspace")
    match event.WhichOneof("fact"):
        case "contact_arrived":
            fact = event.contact_arrived
            return [
                Arrival(
                    workspace=workspace,
                    contact_id=_required(fact.contact_id, "contact_id"),
                    key_id=_text(fact.key_id, "key_id"),
                    arrived_at=_stamp(record),
                    addresses=_addresses(fact.addresses),
                    initial_id=_text(fact.lineage.initial_id, "lineage.initial_id"),
                    previous_id=_text(fact.lineage.previous_id, "lineage.previous_id"),
                )
            ]
        case "customer_messaged":
            message = event.customer_messaged
            return [
                KeyUse(
                    workspace=workspace,
                    contact_id=_text(message.contact_id, "contact_id"),
                    key_id=_text(message.key_id, "key_id"),
                )
            ]
    return []


def _from_step(step: routing_events_pb2.RoutingStep) -> list[Arrival | KeyUse]:
    """Contacts that the router itself opened: by a message on a conversation, by a transfer."""
    _required(step.workspace, "workspace")
    opened = [d.contact_opened for d in step.decisions if d.HasField("contact_opened")]
    return [
        Arrival(
            workspace=step.workspace,
            contact_id=_required(contact.contact_id, "contact_id"),
            key_id=_text(contact.key_id, "key_id"),
            arrived_at=_instant(step.stamped_at, "stamped_at"),
            addresses=_addresses(contact.addresses),
            initial_id=_text(contact.lineage.initial_id, "lineage.initial_id"),
            previous_id=_text(contact.lineage.previous_id, "lineage.previous_id"),
            stated_customer_id=_text(contact.customer_id, "customer_id"),
            is_answer_awaited=contact.opened_by == routing_events_pb2.OPENED_BY_MESSAGE
            or not contact.customer_id,
        )
        for contact in opened
        if contact.opened_by
        in (routing_events_pb2.OPENED_BY_MESSAGE, routing_events_pb2.OPENED_BY_TRANSFER)
    ]


def _opened(body: Any, stamped_at: datetime) -> dict[str, Any]:
    return {
        "channel": _word(common_pb2.Channel, "CHANNEL", body.channel),
        "entry_point": _text(body.entry_point, "entry_point"),
        "conversation_id": _text(body.conversation_id, "conversation_id"),
        "initial_id": _text(body.lineage.initial_id, "lineage.initial_id"),
        "previous_id": _text(body.lineage.previous_id, "lineage.previous_id"),
        "related_ids": tuple(_text(i, "lineage.related_ids") for i in body.lineage.related_ids),
        "arrived_at": stamped_at,
    }


def _ended(body: Any, stamped_at: datetime) -> dict[str, Any]:
    return {
        "ended_at": stamped_at,
        "cause": _word(routing_events_pb2.ContactCause, "CONTACT_CAUSE", body.cause),
        "agent_id": _text(body.agent_id, "agent_id") or None,
        "disposition": _text(body.disposition, "disposition"),
        "note": _sealed(body, "note"),
    }


_CHANGES: dict[str, Callable[[Any, datetime], dict[str, Any]]] = {
    "contact_opened": _opened,
    "visit_opened": lambda body, _: {"queue": _text(body.queue, "queue")},
    "contact_connected": lambda body, _: {"agent_id": _text(body.agent_id, "agent_id")},
    "contact_ended": _ended,
}


def _assigned(body: Any, workspace: str, number: int) -> timeline.MessageAssigned:
    return timeline.MessageAssigned(
        workspace=workspace,
        message_id=_required(body.message_id, "message_id"),
        contact_id=_required(body.contact_id, "contact_id"),
        step_number=number,
    )


def _message(event: Any, workspace: str, record: Record) -> timeline.Message:
    body = event.message_recorded
    return timeline.Message(
        workspace=workspace,
        message_id=_required(body.message_id, "message_id"),
        conversation_id=_required(event.conversation_id, "conversation_id"),
        contact_id=_text(body.contact_id, "contact_id"),
        author=_word(contact_events_pb2.Party, "PARTY", body.author),
        author_id=_text(body.author_id, "author_id"),
        kind=_word(message_events_pb2.MessageKind, "MESSAGE_KIND", body.kind),
        body=_sealed(body, "body"),
        subject=_sealed(body, "subject"),
        attachments=tuple(a.SerializeToString(deterministic=True) for a in body.attachments),
        said_at=_stamp(record),
        position=record.offset,
    )


def _addresses(addresses: Iterable[common_pb2.AddressToken]) -> tuple[Address, ...]:
    found = tuple(
        Address(
            kind=_required(address.kind, "address.kind"),
            token=_required(address.token, "address.token"),
            is_verified=address.is_verified,
            sealed=_sealed(address, "address"),
        )
        for address in addresses
    )
    if len(found) > MAX_ADDRESSES:
        raise InvalidMessage(f"{len(found)} addresses, at most {MAX_ADDRESSES}")
    return found


def _sealed(body: Any, name: str) -> bytes | None:
    if not body.HasField(name):
        return None
    sealed: common_pb2.Sealed = getattr(body, name)
    return sealed.SerializeToString(deterministic=True)


def _parsed(kind: type[M], record: Record) -> M:
    if not record.value:
        raise InvalidMessage("the record has no value")
    try:
        return kind.FromString(record.value)
    except DecodeError:
        raise InvalidMessage(f"bytes that are no {kind.__name__}") from None


def _required(value: str, name: str) -> str:
    if not value:
        raise InvalidMessage(f"{name} is empty")
    return _text(value, name)


def _text(value: str, name: str, limit: int = MAX_ID_LENGTH) -> str:
    """The text, if the database can hold it."""
    if len(value) > limit:
        raise InvalidMessage(f"{name} has {len(value)} characters, at most {limit}")
    if "\x00" in value:
        raise InvalidMessage(f"{name} holds a NUL character")
    return value


def _word(enum: Any, prefix: str, value: int) -> str:
    """CHANNEL_VOICE as "voice"; what is unspecified, or of a newer version, is empty."""
    name: str | None = enum.DESCRIPTOR.values_by_number.get(value) and enum.Name(value)
    return name.removeprefix(f"{prefix}_").lower() if name and value else ""


def _step_number(step: routing_events_pb2.RoutingStep) -> int:
    if not 1 <= step.step_number <= MAX_STEP_NUMBER:
        raise InvalidMessage(f"step_number is {step.step_number}")
    return step.step_number


def _instant(stamp: Any, name: str) -> datetime:
    try:
        instant: datetime = stamp.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise InvalidMessage(f"{name} is no instant") from None
    return instant


def _stamp(record: Record) -> datetime:
    try:
        return datetime.fromtimestamp(record.timestamp_ms / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        raise InvalidMessage("the record's timestamp is no instant") from None
