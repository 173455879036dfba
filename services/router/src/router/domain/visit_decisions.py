"""What is decided about visits: stays in a queue, and what comes of them."""

from dataclasses import dataclass

from router.domain.reasons import VisitExit
from router.domain.values import Needs
from router.domain.words import Channel, QueuedBy


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
