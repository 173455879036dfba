"""Fields of records, checked before the database meets them."""

from datetime import UTC, datetime
from typing import Any, TypeVar

from google.protobuf.message import DecodeError, Message

from chassis.errors import InvalidMessage
from chassis.kafka import Record
from crm.domain.customers import MAX_ID_LENGTH

MAX_STEP_NUMBER = 2**63 - 1

M = TypeVar("M", bound=Message)


def parsed(kind: type[M], record: Record) -> M:
    """The record's message."""
    if not record.value:
        raise InvalidMessage("the record has no value")
    try:
        return kind.FromString(record.value)
    except DecodeError:
        raise InvalidMessage(f"bytes that are no {kind.__name__}") from None


def required(value: str, name: str) -> str:
    """The text, if there is one."""
    if not value:
        raise InvalidMessage(f"{name} is empty")
    return text(value, name)


def text(value: str, name: str, limit: int = MAX_ID_LENGTH) -> str:
    """The text, if the database can hold it."""
    if len(value) > limit:
        raise InvalidMessage(f"{name} has {len(value)} characters, at most {limit}")
    if "\x00" in value:
        raise InvalidMessage(f"{name} holds a NUL character")
    return value


def word(enum: Any, prefix: str, value: int) -> str:
    """CHANNEL_VOICE as "voice"; what is unspecified, or of a newer version, is empty."""
    name: str | None = enum.DESCRIPTOR.values_by_number.get(value) and enum.Name(value)
    return name.removeprefix(f"{prefix}_").lower() if name and value else ""


def step_number(number: int) -> int:
    """The number, if the database can hold it."""
    if not 1 <= number <= MAX_STEP_NUMBER:
        raise InvalidMessage(f"step_number is {number}")
    return number


def instant(stamp: Any, name: str) -> datetime:
    """A protobuf timestamp."""
    try:
        found: datetime = stamp.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise InvalidMessage(f"{name} is no instant") from None
    return found


def stamp(record: Record) -> datetime:
    """When the log or the producer stamped the record."""
    try:
        return datetime.fromtimestamp(record.timestamp_ms / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        raise InvalidMessage("the record's timestamp is no instant") from None
