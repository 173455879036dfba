"""Small values, both ways."""

import math
from collections.abc import Iterable

from google.protobuf.timestamp_pb2 import Timestamp

from contact_center.v1 import common_pb2
from router.adapters.codec.names import BadField
from router.domain.values import AddressToken, Lineage, Position, Sealed

MAX_ITEMS = 100
MAX_ADDRESSES = 20
MAX_ID = 200
"""Longest id or code that is taken over."""
MAX_SEALED = 65_536
MAX_SEALED_ADDRESS = 4_096
MAX_DURATION = 366 * 86_400.0
MAX_PRIORITY = 1_000_000
LAST_SECOND = 253_402_300_799


def timestamp(milliseconds: int) -> Timestamp:
    """Return the instant."""
    seconds, rest = divmod(milliseconds, 1000)
    return Timestamp(seconds=seconds, nanos=rest * 1_000_000)


def fill_instant(milliseconds: int, target: Timestamp) -> None:
    """Fill the instant in."""
    target.seconds, rest = divmod(milliseconds, 1000)
    target.nanos = rest * 1_000_000


def milliseconds(at: Timestamp, field: str) -> int:
    """Return the instant; BadField when it lies before 1970 or after the year 9999."""
    if not 0 <= at.seconds <= LAST_SECOND:
        raise BadField(f"{field} is no instant from 1970 to 9999")
    return at.seconds * 1000 + at.nanos // 1_000_000


def duration(seconds: float, field: str) -> float:
    """Return the seconds; BadField when they are no time, or longer than a year."""
    if not (math.isfinite(seconds) and 0 <= seconds <= MAX_DURATION):
        raise BadField(f"{field} is not from 0 to {MAX_DURATION:.0f} seconds")
    return seconds


def priority(number: int) -> int:
    """Return the priority; BadField when it is so far from 0 that sums of it would not fit."""
    if abs(number) > MAX_PRIORITY:
        raise BadField(f"priority {number} is not from -{MAX_PRIORITY} to {MAX_PRIORITY}")
    return number


def short(text: str, field: str) -> str:
    """Return the text; BadField when it is too long to be said again in a step."""
    if len(text) > MAX_ID:
        raise BadField(f"{field} is longer than {MAX_ID} characters")
    return text


def sealed_from(message: common_pb2.Sealed, limit: int = MAX_SEALED) -> Sealed:
    """Return what stays closed."""
    if len(message.ciphertext) + len(message.nonce) + len(message.key_id) > limit:
        raise BadField(f"what is sealed has more than {limit} bytes")
    return Sealed(key_id=message.key_id, nonce=message.nonce, ciphertext=message.ciphertext)


def fill_sealed(sealed: Sealed, target: common_pb2.Sealed) -> None:
    """Fill in what stays closed."""
    target.key_id = sealed.key_id
    target.nonce = sealed.nonce
    target.ciphertext = sealed.ciphertext


def addresses_from(messages: Iterable[common_pb2.AddressToken]) -> tuple[AddressToken, ...]:
    """Return the tokens."""
    tokens = tuple(_address_from(message) for message in messages)
    if len(tokens) > MAX_ADDRESSES:
        raise BadField(f"there are {len(tokens)} addresses; at most {MAX_ADDRESSES} are allowed")
    return tokens


def _address_from(message: common_pb2.AddressToken) -> AddressToken:
    is_there = message.HasField("address")
    return AddressToken(
        kind=short(message.kind, "kind"),
        token=short(message.token, "token"),
        is_verified=message.is_verified,
        address=sealed_from(message.address, MAX_SEALED_ADDRESS) if is_there else None,
    )


def fill_address(token: AddressToken, target: common_pb2.AddressToken) -> None:
    """Fill the token in."""
    target.kind = token.kind
    target.token = token.token
    target.is_verified = token.is_verified
    if token.address is not None:
        fill_sealed(token.address, target.address)


def lineage_from(message: common_pb2.Lineage) -> Lineage:
    """Return where a contact comes from."""
    return Lineage(
        initial_id=short(message.initial_id, "initial_id"),
        previous_id=short(message.previous_id, "previous_id"),
        related_ids=tuple(short(id, "related_ids") for id in message.related_ids[:MAX_ITEMS]),
    )


def fill_lineage(lineage: Lineage, target: common_pb2.Lineage) -> None:
    """Fill in where a contact comes from."""
    target.initial_id = lineage.initial_id
    target.previous_id = lineage.previous_id
    target.related_ids.extend(lineage.related_ids)


def position_from(message: common_pb2.Position) -> Position:
    """Return the place of a record."""
    return Position(partition=message.partition, offset=message.offset)


def fill_position(position: Position, target: common_pb2.Position) -> None:
    """Fill in the place of a record."""
    target.partition = position.partition
    target.offset = position.offset
