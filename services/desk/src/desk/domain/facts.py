"""What a desk says to the router."""

from dataclasses import dataclass

from desk.domain.commands import Presence
from desk.domain.names import SessionName
from desk.domain.wanted import NOTHING, Wanted


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
    to_agent_id: str
    flow: str
    wanted: Wanted = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultRequested:
    session: SessionName
    contact_id: str
    queue: str
    to_agent_id: str
    wanted: Wanted = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultEnded:
    session: SessionName
    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceStarted:
    session: SessionName
    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultTransferRequested:
    session: SessionName
    contact_id: str


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
    | ConsultRequested
    | ConsultEnded
    | ConferenceStarted
    | ConsultTransferRequested
    | Disconnected
    | WrapUpFinished
    | FirstReplied
    | Heartbeat
)
