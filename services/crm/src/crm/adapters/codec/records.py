"""Records of the topics as values of the domain, and back."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from chassis.errors import InvalidMessage
from chassis.kafka import Record
from chassis.sealing import SealedBytes
from contact_center.v1 import (
    common_pb2,
    contact_events_pb2,
    message_events_pb2,
    routing_events_pb2,
)
from crm.adapters.codec.fields import instant, parsed, required, stamp, step_number, text, word
from crm.domain import timeline
from crm.domain.identification import Address, Arrival, identified_event_id
from crm.handlers import Identified, KeyUse

MAX_URI_LENGTH = 2000
MAX_ADDRESSES = 50


def identification_inputs(record: Record) -> list[Arrival | KeyUse]:
    """What a record of contact-events.v1 or routing-events.v1 asks of the identification."""
    if record.topic == "contact-events.v1":
        return _from_fact(parsed(contact_events_pb2.ContactEvent, record), record)
    return _from_step(parsed(routing_events_pb2.RoutingStep, record))


def timeline_step(record: Record) -> timeline.Step:
    """What a record of routing-events.v1 changes in the timeline."""
    step = parsed(routing_events_pb2.RoutingStep, record)
    workspace, number = required(step.workspace, "workspace"), step_number(step.step_number)
    stamped_at = instant(step.stamped_at, "stamped_at")
    changes, assigned = [], []
    for decision in step.decisions:
        kind = decision.WhichOneof("decision")
        if kind in _CHANGES:
            body = getattr(decision, kind)
            said = _CHANGES[kind](body, stamped_at)
            contact_id = required(body.contact_id, f"{kind}.contact_id")
            changes.append(
                timeline.ContactChange(
                    workspace=workspace, contact_id=contact_id, step_number=number, **said
                )
            )
        elif kind == "contact_transferred" and decision.contact_transferred.new_contact_id:
            # A consult that the customer was handed over to is the customer's contact.
            changes.append(
                timeline.ContactChange(
                    workspace=workspace,
                    contact_id=text(decision.contact_transferred.new_contact_id, "new_contact_id"),
                    step_number=number,
                    is_consult=False,
                )
            )
        elif kind == "message_received":
            assigned.append(_assigned(decision.message_received, workspace, number))
    return timeline.Step(
        workspace=workspace, step_number=number, changes=tuple(changes), assigned=tuple(assigned)
    )


def said(record: Record) -> timeline.Said | None:
    """What a record of message-events.v1 adds to the timeline; None: nothing of ours."""
    event = parsed(message_events_pb2.MessageEvent, record)
    workspace = required(event.workspace, "workspace")
    match event.WhichOneof("event"):
        case "message_recorded":
            return _message(event, workspace, record)
        case "delivery_updated":
            update = event.delivery_updated
            return timeline.Delivery(
                workspace=workspace,
                message_id=required(update.message_id, "message_id"),
                status=word(message_events_pb2.DeliveryStatus, "DELIVERY_STATUS", update.status),
            )
        case "recording_stored":
            stored = event.recording_stored
            return timeline.Recording(
                workspace=workspace,
                recording_id=required(stored.recording_id, "recording_id"),
                contact_id=required(stored.contact_id, "contact_id"),
                uri=text(stored.uri, "uri", MAX_URI_LENGTH),
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


def stored_sealed(stored: bytes) -> SealedBytes:
    """Sealed bytes as they are stored, in their parts."""
    sealed = common_pb2.Sealed.FromString(stored)
    return SealedBytes(sealed.key_id, sealed.nonce, sealed.ciphertext)


def sealed_bytes(sealed: SealedBytes) -> bytes:
    """Sealed bytes as they are stored."""
    return common_pb2.Sealed(
        key_id=sealed.key_id, nonce=sealed.nonce, ciphertext=sealed.ciphertext
    ).SerializeToString(deterministic=True)


def stored_attachment(stored: bytes) -> tuple[str, str, int, bytes | None]:
    """An attachment as it is stored: SHA-256, type, size and sealed name."""
    attachment = common_pb2.Attachment.FromString(stored)
    return (
        attachment.sha256,
        attachment.content_type,
        attachment.size_bytes,
        _sealed(attachment, "file_name"),
    )


def _from_fact(event: Any, record: Record) -> list[Arrival | KeyUse]:
    workspace = required(event.workspace, "workspace")
    match event.WhichOneof("fact"):
        case "contact_arrived":
            fact = event.contact_arrived
            return [
                Arrival(
                    workspace=workspace,
                    contact_id=required(fact.contact_id, "contact_id"),
                    key_id=text(fact.key_id, "key_id"),
                    arrived_at=stamp(record),
                    addresses=_addresses(fact.addresses),
                    initial_id=text(fact.lineage.initial_id, "lineage.initial_id"),
                    previous_id=text(fact.lineage.previous_id, "lineage.previous_id"),
                )
            ]
        case "customer_messaged":
            message = event.customer_messaged
            return [
                KeyUse(
                    workspace=workspace,
                    contact_id=text(message.contact_id, "contact_id"),
                    key_id=text(message.key_id, "key_id"),
                )
            ]
    return []


def _from_step(step: routing_events_pb2.RoutingStep) -> list[Arrival | KeyUse]:
    """Contacts of the customer's line that the router itself opened: by a message, a transfer,
    because the customer wants to be called back or left a message, or to ask a colleague."""
    required(step.workspace, "workspace")
    opened = [d.contact_opened for d in step.decisions if d.HasField("contact_opened")]
    return [
        Arrival(
            workspace=step.workspace,
            contact_id=required(contact.contact_id, "contact_id"),
            key_id=text(contact.key_id, "key_id"),
            arrived_at=instant(step.stamped_at, "stamped_at"),
            addresses=_addresses(contact.addresses),
            initial_id=text(contact.lineage.initial_id, "lineage.initial_id"),
            previous_id=text(contact.lineage.previous_id, "lineage.previous_id"),
            stated_customer_id=text(contact.customer_id, "customer_id"),
            is_answer_awaited=contact.opened_by == routing_events_pb2.OPENED_BY_MESSAGE
            or not contact.customer_id,
        )
        for contact in opened
        if contact.opened_by
        in (
            routing_events_pb2.OPENED_BY_MESSAGE,
            routing_events_pb2.OPENED_BY_TRANSFER,
            routing_events_pb2.OPENED_BY_CALLBACK,
            routing_events_pb2.OPENED_BY_TASK,
            routing_events_pb2.OPENED_BY_CONSULT,
        )
    ]


def _opened(body: Any, stamped_at: datetime) -> dict[str, Any]:
    _addresses(body.addresses)
    return {
        "channel": word(common_pb2.Channel, "CHANNEL", body.channel),
        "entry_point": text(body.entry_point, "entry_point"),
        "conversation_id": text(body.conversation_id, "conversation_id"),
        "initial_id": text(body.lineage.initial_id, "lineage.initial_id"),
        "previous_id": text(body.lineage.previous_id, "lineage.previous_id"),
        "related_ids": tuple(text(i, "lineage.related_ids") for i in body.lineage.related_ids),
        "arrived_at": stamped_at,
        "opened_by": word(routing_events_pb2.OpenedBy, "OPENED_BY", body.opened_by),
        "is_consult": body.opened_by == routing_events_pb2.OPENED_BY_CONSULT,
    }


def _ended(body: Any, stamped_at: datetime) -> dict[str, Any]:
    return {
        "ended_at": stamped_at,
        "cause": word(routing_events_pb2.ContactCause, "CONTACT_CAUSE", body.cause),
        "agent_id": text(body.agent_id, "agent_id") or None,
        "disposition": text(body.disposition, "disposition"),
        "note": _sealed(body, "note"),
    }


_CHANGES: dict[str, Callable[[Any, datetime], dict[str, Any]]] = {
    "contact_opened": _opened,
    "visit_opened": lambda body, _: {"queue": text(body.queue, "queue")},
    "contact_connected": lambda body, _: {"agent_id": text(body.agent_id, "agent_id")},
    "contact_ended": _ended,
}


def _assigned(body: Any, workspace: str, number: int) -> timeline.MessageAssigned:
    return timeline.MessageAssigned(
        workspace=workspace,
        message_id=required(body.message_id, "message_id"),
        contact_id=required(body.contact_id, "contact_id"),
        step_number=number,
    )


def _message(event: Any, workspace: str, record: Record) -> timeline.Message:
    body = event.message_recorded
    return timeline.Message(
        workspace=workspace,
        message_id=required(body.message_id, "message_id"),
        conversation_id=required(event.conversation_id, "conversation_id"),
        contact_id=text(body.contact_id, "contact_id"),
        author=word(contact_events_pb2.Party, "PARTY", body.author),
        author_id=text(body.author_id, "author_id"),
        kind=word(message_events_pb2.MessageKind, "MESSAGE_KIND", body.kind),
        body=_sealed(body, "body"),
        subject=_sealed(body, "subject"),
        attachments=tuple(a.SerializeToString(deterministic=True) for a in body.attachments),
        said_at=stamp(record),
        position=record.offset,
    )


def _addresses(addresses: Iterable[common_pb2.AddressToken]) -> tuple[Address, ...]:
    found = tuple(
        Address(
            kind=required(address.kind, "address.kind"),
            token=required(address.token, "address.token"),
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
