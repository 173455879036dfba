"""What the tables of the timeline hold: the fold of steps and of message events."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime

# Higher wins: a later word about a message never takes back a better one. "unknown" is the least,
# because a search at the provider may still find what became of the message.
DELIVERY_RANKS = {"unknown": 1, "sent": 2, "failed": 3, "interrupted": 4, "delivered": 5}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChange:
    """What one or several steps said about a contact; None: nothing was said."""

    workspace: str
    contact_id: str
    step_number: int
    channel: str | None = None
    entry_point: str | None = None
    conversation_id: str | None = None
    initial_id: str | None = None
    previous_id: str | None = None
    related_ids: tuple[str, ...] | None = None
    arrived_at: datetime | None = None
    ended_at: datetime | None = None
    cause: str | None = None
    queue: str | None = None
    agent_id: str | None = None
    disposition: str | None = None
    note: bytes | None = None
    opened_by: str | None = None
    is_consult: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAssigned:
    """The router decided which contact a message belongs to."""

    workspace: str
    message_id: str
    contact_id: str
    step_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One routing step, as far as the timeline is concerned."""

    workspace: str
    step_number: int
    changes: tuple[ContactChange, ...] = ()
    assigned: tuple[MessageAssigned, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something that was said; body, subject and attachments stay sealed."""

    workspace: str
    message_id: str
    conversation_id: str
    contact_id: str
    author: str
    author_id: str
    kind: str
    body: bytes | None
    subject: bytes | None
    attachments: tuple[bytes, ...]
    said_at: datetime
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How far a message got."""

    workspace: str
    message_id: str
    status: str

    @property
    def rank(self) -> int:
        return DELIVERY_RANKS.get(self.status, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Where the recording of a contact lies."""

    workspace: str
    recording_id: str
    contact_id: str
    uri: str
    duration_seconds: float


Said = Message | Delivery | Recording


def merged_changes(changes: Iterable[ContactChange]) -> list[ContactChange]:
    """One change for each contact, later words over earlier ones; sorted, so that locks are."""
    merged: dict[tuple[str, str], ContactChange] = {}
    for change in changes:
        key = (change.workspace, change.contact_id)
        merged[key] = _over(merged[key], change) if key in merged else change
    return [merged[key] for key in sorted(merged)]


def first_messages(messages: Iterable[Message]) -> list[Message]:
    """The first record of each message; a repeat says nothing new."""
    first: dict[tuple[str, str], Message] = {}
    for message in messages:
        first.setdefault((message.workspace, message.message_id), message)
    return [first[key] for key in sorted(first)]


def best_deliveries(deliveries: Iterable[Delivery]) -> list[Delivery]:
    """The best word about each message."""
    best: dict[tuple[str, str], Delivery] = {}
    for delivery in deliveries:
        key = (delivery.workspace, delivery.message_id)
        if key not in best or delivery.rank > best[key].rank:
            best[key] = delivery
    return [best[key] for key in sorted(best)]


def last_assignments(assigned: Iterable[MessageAssigned]) -> list[MessageAssigned]:
    """The last word about each message."""
    last = {(a.workspace, a.message_id): a for a in assigned}
    return [last[key] for key in sorted(last)]


def _over(earlier: ContactChange, later: ContactChange) -> ContactChange:
    said = {
        name.name: value
        for name in fields(ContactChange)
        if (value := getattr(later, name.name)) is not None
    }
    return replace(earlier, **said)
