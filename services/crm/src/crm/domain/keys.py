"""What a key of a contact is."""

from dataclasses import dataclass, field

MAX_LEASE = 1000
KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactKey:
    """A key in clear; its bytes never show in a representation, so never in a log."""

    key_id: str
    key: bytes = field(repr=False)
