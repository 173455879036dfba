"""What a desk says to the router, and the ids that make a repeat the same fact."""

import uuid
from dataclasses import dataclass
from typing import NewType

from desk.domain.commands import Presence

EventId = NewType("EventId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionName:
    """The session in whose name a fact is said."""

    agent_id: str
    session_number: int
    desk_instance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    agent_id: str
    session_id: str
    desk_instance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOut:
    session: SessionName


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLost:
    session: SessionName


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceChosen:
    session: SessionName
    presence: Presence
    reason_code: str
    is_next: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferDelivered:
    session: SessionName
    offer_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferAccepted:
    session: SessionName
    offer_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRejected:
    session: SessionName
    offer_id: str
    reason_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldStarted:
    session: SessionName
    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldEnded:
    session: SessionName
    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRequested:
    session: SessionName
    contact_id: str
    queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnected:
    session: SessionName
    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpFinished:
    """`key_id` names the key that seals the note."""

    session: SessionName
    contact_id: str
    disposition: str
    note: str
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstReplied:
    contact_id: str
    agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    desk_instance: str


Fact = (
    SignedIn
    | SignedOut
    | ConnectionLost
    | PresenceChosen
    | OfferDelivered
    | OfferAccepted
    | OfferRejected
    | HoldStarted
    | HoldEnded
    | TransferRequested
    | Disconnected
    | WrapUpFinished
    | FirstReplied
    | Heartbeat
)


def derived_id(session_id: str, what: str) -> EventId:
    """The same session and command give the same event."""
    return EventId(str(uuid.uuid5(uuid.UUID(session_id), what)))


def message_id_of(event_id: EventId) -> str:
    """The message that a SendMessage makes."""
    return str(uuid.uuid5(uuid.UUID(event_id), "message"))


def first_reply_id(contact_id: str) -> EventId:
    """One for each contact, whoever of its agents' sessions says it."""
    return EventId(str(uuid.uuid5(uuid.NAMESPACE_URL, f"first-reply:{contact_id}")))
