"""What this service says: facts about contacts, and content."""

from dataclasses import dataclass
from enum import StrEnum

from ingest_digital.domain.words import (
    AddressToken,
    Attachment,
    Author,
    Channel,
    Kind,
    Position,
    Sealed,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactArrived:
    contact_id: str
    channel: Channel
    entry_point: str
    conversation_id: str
    key_id: str
    addresses: tuple[AddressToken, ...]
    subject: Sealed | None = None
    first_message_id: str = ""
    first_message_position: Position | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerMessaged:
    """`contact_id` is the contact that we believe to be open; the router decides."""

    contact_id: str
    conversation_id: str
    message_id: str
    position: Position
    new_contact_id: str
    channel: Channel
    entry_point: str
    key_id: str
    addresses: tuple[AddressToken, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerLeft:
    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDisconnected:
    """By the customer."""

    contact_id: str


Fact = ContactArrived | CustomerMessaged | CustomerLeft | ContactDisconnected


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRecorded:
    message_id: str
    contact_id: str
    author: Author
    kind: Kind
    body: Sealed
    subject: Sealed | None = None
    html: Sealed | None = None
    attachments: tuple[Attachment, ...] = ()
    reply_to_message_id: str = ""


class DeliveryStatus(StrEnum):
    """How far a message of ours got."""

    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryUpdated:
    message_id: str
    contact_id: str
    status: DeliveryStatus
    reason: str = ""


Content = MessageRecorded | DeliveryUpdated
