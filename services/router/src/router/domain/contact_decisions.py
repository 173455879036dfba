"""What is decided about contacts and visits."""

from dataclasses import dataclass

from router.domain.reasons import ContactCause, VisitExit
from router.domain.values import AddressToken, Lineage, Needs, Position, Sealed
from router.domain.words import Channel, OpenedBy, Party


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactResumed:
    contact_id: str
    agent_id: str


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
