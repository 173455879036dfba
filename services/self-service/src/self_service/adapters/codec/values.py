"""The contracts' values as ours."""

from typing import TypeVar

from google.protobuf.message import DecodeError, Message

from chassis.errors import InvalidMessage
from chassis.sealing import SealedBytes
from contact_center.v1 import common_pb2, contact_events_pb2, routing_events_pb2
from self_service.domain.channels import Channel
from self_service.domain.state import Customer, Recognition

CHANNELS = {
    int(number): Channel(name.removeprefix("CHANNEL_").lower())
    for name, number in common_pb2.Channel.items()
    if number
}
CHANNEL_NUMBERS = {channel: number for number, channel in CHANNELS.items()}
MAX_ID = 512

M = TypeVar("M", bound=Message)
Binding = contact_events_pb2.CustomerIdentified | routing_events_pb2.CustomerBound


def parse(message: M, value: bytes) -> M:
    """Fill the message from the bytes; raises InvalidMessage."""
    try:
        message.ParseFromString(value)
    except (DecodeError, ValueError) as error:
        raise InvalidMessage(f"no {type(message).__name__}") from error
    return message


def needed(value: str, name: str) -> str:
    """Return an id; raises InvalidMessage for one that is missing or far too long."""
    if not value:
        raise InvalidMessage(f"{name} is missing")
    return bounded(value, name)


def bounded(value: str, name: str) -> str:
    """Return a name that may be empty; raises InvalidMessage for what no database takes."""
    if len(value) > MAX_ID or "\0" in value:
        raise InvalidMessage(f"{name} is too long or has a zero byte")
    return value


def channel_of(number: int) -> Channel:
    """Return the channel; raises InvalidMessage for one that this version does not know."""
    if number not in CHANNELS:
        raise InvalidMessage(f"channel {number} is unknown")
    return CHANNELS[number]


def sealed_of(message: common_pb2.Sealed) -> SealedBytes:
    return SealedBytes(message.key_id, message.nonce, message.ciphertext)


def sealed_message(sealed: SealedBytes) -> common_pb2.Sealed:
    return common_pb2.Sealed(key_id=sealed.key_id, nonce=sealed.nonce, ciphertext=sealed.ciphertext)


def customer_of(bound: Binding) -> Customer:
    recognition = Recognition.NEW if bound.is_new else Recognition.KNOWN
    tier = bounded(bound.tier, "tier")
    return Customer(recognition=recognition, tier=tier, contact_count=bound.contact_count)
