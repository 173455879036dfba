"""Small values, both ways."""

from collections.abc import Iterable

from google.protobuf.timestamp_pb2 import Timestamp

from contact_center.v1 import common_pb2
from router.adapters.codec.names import BadField
from router.domain.values import (
    AddressToken,
    Lineage,
    Needs,
    Position,
    Requirement,
    Sealed,
    together,
)

MAX_ITEMS = 100
MAX_ADDRESSES = 20
MAX_ID = 200
"""Longest id or code that is taken over."""
MAX_SEALED = 65_536
MAX_SEALED_ADDRESS = 4_096


def timestamp(milliseconds: int) -> Timestamp:
    """Return the instant."""
    seconds, rest = divmod(milliseconds, 1000)
    return Timestamp(seconds=seconds, nanos=rest * 1_000_000)


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


def sealed_to(sealed: Sealed | None) -> common_pb2.Sealed | None:
    """Return what stays closed."""
    if sealed is None:
        return None
    return common_pb2.Sealed(key_id=sealed.key_id, nonce=sealed.nonce, ciphertext=sealed.ciphertext)


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


def address_to(token: AddressToken) -> common_pb2.AddressToken:
    """Return the token."""
    return common_pb2.AddressToken(
        kind=token.kind,
        token=token.token,
        is_verified=token.is_verified,
        address=sealed_to(token.address),
    )


def needs_from(messages: Iterable[common_pb2.Requirement], field: str) -> Needs:
    """Return the requirements of a contact, each skill once; a level left out means 1."""
    needs = requirements_from(messages)
    if len(needs) > MAX_ITEMS:
        raise BadField(f"{field} has {len(needs)} entries; at most {MAX_ITEMS} are allowed")
    for need in needs:
        short(need.skill, "skill")
        if not 1 <= need.level <= 5:
            raise BadField(f"{field}: level {need.level} is not from 1 to 5")
    return together(needs)


def requirements_from(messages: Iterable[common_pb2.Requirement]) -> Needs:
    """Return skills and levels as they stand; a level left out means 1."""
    return tuple(Requirement(message.skill, message.level or 1) for message in messages)


def requirements_to(needs: Needs) -> list[common_pb2.Requirement]:
    """Return skills and levels."""
    return [common_pb2.Requirement(skill=need.skill, level=need.level) for need in needs]


def lineage_from(message: common_pb2.Lineage) -> Lineage:
    """Return where a contact comes from."""
    return Lineage(
        initial_id=short(message.initial_id, "initial_id"),
        previous_id=short(message.previous_id, "previous_id"),
        related_ids=tuple(short(id, "related_ids") for id in message.related_ids[:MAX_ITEMS]),
    )


def lineage_to(lineage: Lineage) -> common_pb2.Lineage:
    """Return where a contact comes from."""
    return common_pb2.Lineage(
        initial_id=lineage.initial_id,
        previous_id=lineage.previous_id,
        related_ids=lineage.related_ids,
    )


def position_from(message: common_pb2.Position) -> Position:
    """Return the place of a record."""
    return Position(partition=message.partition, offset=message.offset)


def position_to(position: Position) -> common_pb2.Position:
    """Return the place of a record."""
    return common_pb2.Position(partition=position.partition, offset=position.offset)
