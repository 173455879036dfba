"""What the fold reads of a routing step. Times are whole milliseconds of the log's stamps."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ContactOpened:
    contact_id: str
    channel: str


@dataclass(frozen=True, slots=True)
class VisitOpened:
    visit_id: str
    contact_id: str
    queue: str
    channel: str


@dataclass(frozen=True, slots=True)
class VisitEnded:
    visit_id: str
    exit: str


@dataclass(frozen=True, slots=True)
class WaitEstimated:
    visit_id: str
    low_ms: int
    high_ms: int


@dataclass(frozen=True, slots=True)
class OfferMade:
    agent_id: str
    offer_id: str = ""
    visit_id: str = ""


@dataclass(frozen=True, slots=True)
class OfferEnded:
    agent_id: str
    outcome: str
    offer_id: str = ""


@dataclass(frozen=True, slots=True)
class ContactConnected:
    contact_id: str
    agent_id: str
    queue: str
    channel: str


@dataclass(frozen=True, slots=True)
class ContactEnded:
    contact_id: str
    cause: str


@dataclass(frozen=True, slots=True)
class AgentSeen:
    """An agent as it is after the step; contacts and offers are counts by channel."""

    agent_id: str
    team: str
    presence: str
    state: str
    contacts: dict[str, int] = field(default_factory=dict)
    offers: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AgentRemoved:
    agent_id: str


Decision = (
    ContactOpened
    | VisitOpened
    | VisitEnded
    | WaitEstimated
    | OfferMade
    | OfferEnded
    | ContactConnected
    | ContactEnded
    | AgentSeen
    | AgentRemoved
)

ROUTABLE = "routable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One routing step: its number, when the log stamped its cause, and what was decided."""

    workspace: str
    number: int
    stamped_ms: int
    policy_version: int = 0
    cause_partition: int = 0
    cause_offset: int = 0
    # Of the partition's records, so many right before the cause were parked: they have no step.
    parked_before: int = 0
    decisions: tuple[Decision, ...] = ()
