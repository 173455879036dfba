"""What this service writes."""

from datetime import datetime

from contact_center.v1 import contact_events_pb2, message_events_pb2
from ingest_digital.adapters.codec.values import (
    CHANNELS,
    KINDS,
    PARTIES,
    STATUSES,
    address_message,
    attachment_message,
    maybe,
    position_message,
    sealed_message,
)
from ingest_digital.domain import facts


def fact_bytes(
    event_id: str, workspace: str, source: str, now: datetime, fact: facts.Fact
) -> bytes:
    event = contact_events_pb2.ContactEvent(event_id=event_id, workspace=workspace, source=source)
    event.occurred_at.FromDatetime(now)
    match fact:
        case facts.ContactArrived():
            event.contact_arrived.CopyFrom(_arrived(fact))
        case facts.CustomerMessaged():
            event.customer_messaged.CopyFrom(
                contact_events_pb2.CustomerMessaged(
                    contact_id=fact.contact_id,
                    conversation_id=fact.conversation_id,
                    message_id=fact.message_id,
                    position=position_message(fact.position),
                    new_contact_id=fact.new_contact_id,
                    channel=CHANNELS[fact.channel],
                    entry_point=fact.entry_point,
                    key_id=fact.key_id,
                    addresses=[address_message(address) for address in fact.addresses],
                )
            )
        case facts.CustomerLeft():
            event.customer_left.contact_id = fact.contact_id
        case facts.ContactDisconnected():
            event.contact_disconnected.contact_id = fact.contact_id
            event.contact_disconnected.by = contact_events_pb2.PARTY_CUSTOMER
    return event.SerializeToString(deterministic=True)


def content_bytes(
    event_id: str,
    workspace: str,
    conversation_id: str,
    source: str,
    now: datetime,
    content: facts.Content,
) -> bytes:
    event = message_events_pb2.MessageEvent(
        event_id=event_id, workspace=workspace, conversation_id=conversation_id, source=source
    )
    event.occurred_at.FromDatetime(now)
    match content:
        case facts.MessageRecorded():
            event.message_recorded.CopyFrom(_recorded(content))
        case facts.DeliveryUpdated():
            updated = event.delivery_updated
            updated.message_id, updated.contact_id = content.message_id, content.contact_id
            updated.status, updated.reason = STATUSES[content.status], content.reason
    return event.SerializeToString(deterministic=True)


def _arrived(fact: facts.ContactArrived) -> contact_events_pb2.ContactArrived:
    return contact_events_pb2.ContactArrived(
        contact_id=fact.contact_id,
        channel=CHANNELS[fact.channel],
        entry_point=fact.entry_point,
        conversation_id=fact.conversation_id,
        key_id=fact.key_id,
        addresses=[address_message(address) for address in fact.addresses],
        first_message_id=fact.first_message_id,
        first_message_position=maybe(position_message, fact.first_message_position),
        subject=maybe(sealed_message, fact.subject),
    )


def _recorded(content: facts.MessageRecorded) -> message_events_pb2.MessageRecorded:
    return message_events_pb2.MessageRecorded(
        message_id=content.message_id,
        contact_id=content.contact_id,
        author=PARTIES[content.author],
        kind=KINDS[content.kind],
        body=sealed_message(content.body),
        subject=maybe(sealed_message, content.subject),
        html=maybe(sealed_message, content.html),
        attachments=[attachment_message(each) for each in content.attachments],
        reply_to_message_id=content.reply_to_message_id,
    )
