"""Customers and timelines as messages of the contract."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from contact_center.v1 import (
    common_pb2,
    contact_events_pb2,
    customer_service_pb2,
    message_events_pb2,
    routing_events_pb2,
)
from crm.domain.customers import Customer
from crm.domain.views import ContactView, MessageView


def customer_message(customer: Customer) -> customer_service_pb2.Customer:
    """A customer in clear."""
    message = customer_service_pb2.Customer(
        customer_id=customer.customer_id,
        name=customer.name,
        tier=customer.tier,
        contact_count=customer.contact_count,
        last_agent_id=customer.last_agent_id,
        identities=[
            customer_service_pb2.Identity(
                kind=identity.kind,
                address=identity.address or "",
                is_verified=identity.is_verified,
            )
            for identity in customer.identities
        ],
    )
    message.first_seen_at.FromDatetime(customer.first_seen_at)
    return message


def contact_message(contact: ContactView) -> customer_service_pb2.TimelineContact:
    """A contact of the timeline with all that was said."""
    message = customer_service_pb2.TimelineContact(
        contact_id=contact.contact_id,
        channel=_value(common_pb2.Channel, "CHANNEL", contact.channel),
        entry_point=contact.entry_point,
        conversation_id=contact.conversation_id,
        lineage=common_pb2.Lineage(
            initial_id=contact.initial_id,
            previous_id=contact.previous_id,
            related_ids=contact.related_ids,
        ),
        cause=_value(routing_events_pb2.ContactCause, "CONTACT_CAUSE", contact.cause),
        queue=contact.queue,
        agent_id=contact.agent_id,
        disposition=contact.disposition,
        note=contact.note,
        opened_by=_value(routing_events_pb2.OpenedBy, "OPENED_BY", contact.opened_by),
        is_consult=contact.is_consult,
        messages=said_messages(contact.messages),
        recordings=[
            customer_service_pb2.TimelineRecording(
                recording_id=recording.recording_id,
                uri=recording.uri,
                duration_seconds=recording.duration_seconds,
            )
            for recording in contact.recordings
        ],
    )
    _set(message.arrived_at, contact.arrived_at)
    _set(message.ended_at, contact.ended_at)
    return message


def said_messages(views: Iterable[MessageView]) -> list[customer_service_pb2.TimelineMessage]:
    """What was said, in the order given."""
    return [_said(view) for view in views]


def _said(view: MessageView) -> customer_service_pb2.TimelineMessage:
    message = customer_service_pb2.TimelineMessage(
        message_id=view.message_id,
        contact_id=view.contact_id,
        author=_value(contact_events_pb2.Party, "PARTY", view.author),
        author_id=view.author_id,
        kind=_value(message_events_pb2.MessageKind, "MESSAGE_KIND", view.kind),
        text=view.text,
        subject=view.subject,
        delivery=_value(message_events_pb2.DeliveryStatus, "DELIVERY_STATUS", view.delivery),
        is_readable=view.is_readable,
        attachments=[
            customer_service_pb2.TimelineAttachment(
                sha256=attachment.sha256,
                file_name=attachment.file_name,
                content_type=attachment.content_type,
                size_bytes=attachment.size_bytes,
            )
            for attachment in view.attachments
        ],
    )
    message.said_at.FromDatetime(view.said_at)
    return message


def _value(enum: Any, prefix: str, word: str) -> Any:
    """The enum's value of a stored word; an empty word is the unspecified one."""
    return enum.Value(f"{prefix}_{word.upper()}") if word else 0


def _set(stamp: Any, instant: datetime | None) -> None:
    if instant is not None:
        stamp.FromDatetime(instant)
