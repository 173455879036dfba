"""What is said by agents and their desks."""

from dataclasses import dataclass

from router.domain.contact_facts import Attributes
from router.domain.values import NO_NEEDS, Needs, Sealed
from router.domain.words import Presence


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSignedIn:
    agent_id: str
    session_id: str
    desk_instance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FromSession:
    """What an agent's session says: the agent, and which sign-in it belongs to."""

    agent_id: str
    session_number: int
    desk_instance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSignedOut(FromSession):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentConnectionLost(FromSession):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceChosen(FromSession):
    presence: Presence
    reason_code: str
    is_next: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferDelivered(FromSession):
    offer_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferAccepted(FromSession):
    offer_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRejected(FromSession):
    offer_id: str
    reason_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldStarted(FromSession):
    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldEnded(FromSession):
    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRequested(FromSession):
    contact_id: str
    queue: str
    requirements: Needs
    to_agent_id: str = ""
    flow: str = ""
    attributes: Attributes = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultRequested(FromSession):
    contact_id: str
    queue: str = ""
    to_agent_id: str = ""
    requirements: Needs = NO_NEEDS
    attributes: Attributes = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultEnded(FromSession):
    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceStarted(FromSession):
    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultTransferRequested(FromSession):
    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpFinished(FromSession):
    contact_id: str
    disposition: str
    note: Sealed | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskHeartbeat:
    desk_instance: str
