"""Customers as they are shown, and what may be wrong with a question about them."""

from dataclasses import dataclass
from datetime import datetime

MAX_ID_LENGTH = 255


class CrmError(Exception):
    """Something that was asked of crm cannot be done."""


class InvalidQuestion(CrmError):
    """A field of the question is wrong; the text names it and never holds personal data."""


class NotFound(CrmError):
    """Nobody and nothing has that id."""


class AddressTaken(CrmError):
    """Another customer has the address."""

    def __init__(self, customer_id: str) -> None:
        super().__init__(f"customer {customer_id!r} has this address")
        self.customer_id = customer_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One address of a customer; None: its key is destroyed."""

    kind: str
    address: str | None
    is_verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer in clear, for those who may read."""

    customer_id: str
    name: str
    tier: str
    identities: tuple[Identity, ...]
    first_seen_at: datetime
    contact_count: int
    last_agent_id: str
