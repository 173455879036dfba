"""Words that every contract shares."""

from collections.abc import Callable
from typing import TypeVar

from google.protobuf.message import DecodeError, Message

from chassis.errors import InvalidMessage
from contact_center.v1 import common_pb2, contact_events_pb2, message_events_pb2
from ingest_digital.domain.facts import DeliveryStatus
from ingest_digital.domain.words import (
    AddressToken,
    Attachment,
    Author,
    Channel,
    Kind,
    Position,
    Sealed,
)

T = TypeVar("T")
M = TypeVar("M")

CHANNELS = {
    Channel.CHAT: common_pb2.CHANNEL_CHAT,
    Channel.EMAIL: common_pb2.CHANNEL_EMAIL,
    Channel.OTHER: common_pb2.CHANNEL_UNSPECIFIED,
}
CHANNEL_NAMES = {number: channel for channel, number in CHANNELS.items()}
PARTIES = {
    Author.CUSTOMER: contact_events_pb2.PARTY_CUSTOMER,
    Author.AGENT: contact_events_pb2.PARTY_AGENT,
    Author.FLOW: contact_events_pb2.PARTY_FLOW,
    Author.SYSTEM: contact_events_pb2.PARTY_SYSTEM,
}
AUTHORS = {number: author for author, number in PARTIES.items()}
KINDS = {
    Kind.TEXT: message_events_pb2.MESSAGE_KIND_TEXT,
    Kind.PROMPT: message_events_pb2.MESSAGE_KIND_PROMPT,
    Kind.NOTICE: message_events_pb2.MESSAGE_KIND_NOTICE,
}
STATUSES = {
    DeliveryStatus.SENT: message_events_pb2.DELIVERY_STATUS_SENT,
    DeliveryStatus.FAILED: message_events_pb2.DELIVERY_STATUS_FAILED,
    DeliveryStatus.UNKNOWN: message_events_pb2.DELIVERY_STATUS_UNKNOWN,
}


def parse(message: Message, value: bytes) -> None:
    try:
        message.ParseFromString(value)
    except DecodeError as error:
        raise InvalidMessage(f"no {type(message).__name__}: {error}") from None


def maybe(convert: Callable[[T], M], value: T | None) -> M | None:
    return None if value is None else convert(value)


def sealed_message(sealed: Sealed) -> common_pb2.Sealed:
    return common_pb2.Sealed(key_id=sealed.key_id, nonce=sealed.nonce, ciphertext=sealed.ciphertext)


def sealed_value(message: common_pb2.Sealed) -> Sealed:
    return Sealed(message.key_id, message.nonce, message.ciphertext)


def position_message(position: Position) -> common_pb2.Position:
    return common_pb2.Position(partition=position.partition, offset=position.offset)


def address_message(address: AddressToken) -> common_pb2.AddressToken:
    return common_pb2.AddressToken(
        kind=address.kind,
        token=address.token,
        is_verified=address.is_verified,
        address=sealed_message(address.address),
    )


def attachment_message(attachment: Attachment) -> common_pb2.Attachment:
    return common_pb2.Attachment(
        sha256=attachment.sha256,
        size_bytes=attachment.size_bytes,
        content_type=attachment.content_type,
        file_name=sealed_message(attachment.file_name),
    )


def attachment_value(message: common_pb2.Attachment) -> Attachment:
    return Attachment(
        sha256=message.sha256,
        size_bytes=message.size_bytes,
        content_type=message.content_type,
        file_name=sealed_value(message.file_name),
    )


def sealed_bytes(sealed: Sealed) -> bytes:
    """A sealed value as it may be stored."""
    return sealed_message(sealed).SerializeToString(deterministic=True)


def read_sealed(value: bytes) -> Sealed:
    """The inverse of `sealed_bytes`."""
    found = common_pb2.Sealed()
    parse(found, value)
    return sealed_value(found)
