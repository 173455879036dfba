"""What is decided about contacts and visits."""

from dataclasses import dataclass

from router.domain.reasons import ContactCause, VisitExit
from router.domain.values import AddressToken, Lineage, Needs, Position, Sealed
from router.domain.words import Channel, OpenedBy, Party, QueuedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactOpened:
    contact_id: str
    channel: Channel
    entry_point: str
    flow: str
    conversation_id: str
    key_id: str
    lineage: Lineage
    opened_by: OpenedBy
    customer_id: str
    addresses: tuple[AddressToken, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerBound:
    contact_id: str
    customer_id: str
    is_new: bool
    tier: str
    last_agent_id: str
    contact_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived:
    contact_id: str
    conversation_id: str
    message_id: str
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitOpened:
    visit_id: str
    contact_id: str
    queue: str
    channel: Channel
    priority: int
    requirements: Needs
    queued_since: int
    because: QueuedBy
    preferred_agent_id: str = ""
    preferred_until: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RingOpened:
    contact_id: str
    visit_id: str
    ring: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitEstimated:
    """Answered between low and high, with this coverage."""

    contact_id: str
    visit_id: str
    queue: str
    low_seconds: float
    high_seconds: float
    coverage: float
    ahead: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSentToFlow:
    contact_id: str
    flow: str
    because: QueuedBy
    channel: Channel
    conversation_id: str
    key_id: str
    entry_point: str
    customer_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackTaken:
    contact_id: str
    new_contact_id: str
    scheduled_at: int
    addresses: tuple[AddressToken, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackPutOff:
    contact_id: str
    attempts: int
    until: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTaken:
    contact_id: str
    new_contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultStarted:
    contact_id: str
    consult_contact_id: str
    agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultFinished:
    contact_id: str
    consult_contact_id: str
    is_transfer: bool
    agent_id: str
    consulted_agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceOpened:
    contact_id: str
    consult_contact_id: str
    agent_id: str
    consulted_agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPrioritySet:
    contact_id: str
    priority: int
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitEnded:
    visit_id: str
    contact_id: str
    queue: str
    channel: Channel
    exit: VisitExit
    agent_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactConnecting:
    contact_id: str
    offer_id: str
    agent_id: str
    voice_address: str
    connect_seconds: float
    is_customer_dialled: bool = False
    with_agent_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactConnected:
    contact_id: str
    offer_id: str
    agent_id: str
    channel: Channel
    queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactHeld:
    contact_id: str
    agent_id: str
    interrupted_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactResumed:
    contact_id: str
    agent_id: str
    is_after_interrupt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstReplyMade:
    contact_id: str
    agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactTransferred:
    contact_id: str
    new_contact_id: str
    from_agent_id: str
    queue: str
    to_agent_id: str = ""
    flow: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpStarted:
    contact_id: str
    agent_id: str
    ended_by: Party
    is_transfer: bool
    is_failure: bool
    limit_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactEnded:
    contact_id: str
    cause: ContactCause
    agent_id: str
    disposition: str
    channel: Channel
    conversation_id: str
    note: Sealed | None = None
