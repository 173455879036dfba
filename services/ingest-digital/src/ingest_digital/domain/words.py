"""Values that chat and mail share: addresses, sealed bytes, places, entry points."""

from dataclasses import dataclass, field
from enum import StrEnum


class Channel(StrEnum):
    CHAT = "chat"
    EMAIL = "email"
    OTHER = "other"


class Author(StrEnum):
    CUSTOMER = "customer"
    AGENT = "agent"
    FLOW = "flow"
    SYSTEM = "system"


class Kind(StrEnum):
    TEXT = "text"
    PROMPT = "prompt"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Sealed:
    """Personal data that only the holder of a key can read."""

    key_id: str
    nonce: bytes
    ciphertext: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactKey:
    """A key in clear; its bytes never show in a representation, so never in a log."""

    key_id: str
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address in clear, normalised; it never shows in a representation."""

    kind: str
    address: str = field(repr=False)
    is_verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressToken:
    """An address as facts carry it."""

    kind: str
    token: str
    is_verified: bool
    address: Sealed


@dataclass(frozen=True, slots=True)
class Position:
    """The place of a record in its topic."""

    partition: int
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPoint:
    """Where customers come in; `address` is the mailbox of a mail entry point."""

    name: str
    channel: Channel
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file in the attachment store."""

    sha256: str
    size_bytes: int
    content_type: str
    file_name: Sealed
