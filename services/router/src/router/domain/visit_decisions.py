"""What is decided about visits: stays in a queue, and what comes of them."""

from router.domain.reasons import VisitExit
from router.domain.said import said
from router.domain.values import Needs
from router.domain.words import Channel, QueuedBy


@said
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


@said
class RingOpened:
    contact_id: str
    visit_id: str
    ring: int


@said
class WaitEstimated:
    """Answered between low and high, with this coverage."""

    contact_id: str
    visit_id: str
    queue: str
    low_seconds: float
    high_seconds: float
    coverage: float
    ahead: int


@said
class ContactSentToFlow:
    contact_id: str
    flow: str
    because: QueuedBy
    channel: Channel
    conversation_id: str
    key_id: str
    entry_point: str
    customer_id: str


@said
class ContactPrioritySet:
    contact_id: str
    priority: int
    by: str


@said
class VisitEnded:
    visit_id: str
    contact_id: str
    queue: str
    channel: Channel
    exit: VisitExit
    agent_id: str = ""
