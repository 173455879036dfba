"""A contact, an offer, and what stays of them when they are over."""

from dataclasses import dataclass, field

from router.domain.agent_decisions import HeldContact, LiveOffer
from router.domain.offer_decisions import Candidate
from router.domain.queues import Value
from router.domain.reasons import ContactCause, OfferOutcome
from router.domain.values import NO_NEEDS, Lineage, Needs
from router.domain.words import Channel, ContactState, QueuedBy


@dataclass(slots=True, kw_only=True)
class Contact:
    """One that is not ended. What belongs to the visit is empty before the first one."""

    contact_id: str
    channel: Channel
    entry_point: str
    conversation_id: str
    key_id: str
    lineage: Lineage
    state: ContactState
    since: int
    deadline_at: int
    customer_id: str = ""
    is_identified: bool = False
    attributes: dict[str, Value] = field(default_factory=dict)
    last_agent_id: str = ""
    returning_seconds: float = 0.0
    """How long the last agent is preferred, because the customer came back."""
    asked: Needs = NO_NEEDS
    """What the flow or the transfer asked for, beside what the queue needs."""
    asked_here: Needs = NO_NEEDS
    """The same with what the queue's rules add for its attributes."""
    asked_priority: int = 0

    queue: str = ""
    visit_id: str = ""
    is_visit_open: bool = False
    because: QueuedBy = QueuedBy.FLOW
    priority: int = 0
    requirements: Needs = NO_NEEDS
    """Of the innermost ring."""
    pool: tuple[Needs, ...] = ()
    """Of every ring that is open: who meets one of them is admitted."""
    ring: int = 0
    entered_at: int = 0
    queued_since: int = 0
    places: dict[str, int] = field(default_factory=dict)
    grow_at: int = 0
    overflow_at: int = 0
    is_overflow_due: bool = False
    """Its time was over while it was offered."""
    preferred_agent_id: str = ""
    preferred_until: int = 0
    over: int = 0
    """How far above capacity the preferred agent may go for it: 0, 1, or any number."""
    is_direct: bool = False

    offers: dict[str, None] = field(default_factory=dict)
    """Those that are pending."""
    offer_id: str = ""
    """The one that was accepted."""
    agent_id: str = ""
    sleep_at: int = 0
    is_first_reply_made: bool = False
    is_failed: bool = False
    transferred_to: str = ""
    interrupted_by: str = ""
    sent_to_flows: int = 0
    """How often a queue sent it back to a flow."""
    is_callback: bool = False
    """Its customer is on no line yet: they are dialled once the agent answered."""
    attempts: int = 0
    call_at: int = 0
    """When a callback is due (engine time), while it is put off."""
    consult_id: str = ""
    """Of a customer's contact: the consult that goes on about it."""
    consults_for: str = ""
    """Of a consult: the customer's contact."""
    asked_by: str = ""
    """Of a consult: the agent who asked."""
    is_conference: bool = False
    call_on: int = 0
    """The stamp of the log from which on a callback is due, while its date is to come."""
    told: HeldContact | None = field(default=None, init=False)
    """What agents are told of it; forgotten when it changes."""
    shown: tuple[tuple[int, int, int], Candidate] | None = field(default=None, init=False)
    """As one of the best, with what was compared."""


ANY = 1_000_000
"""However far above capacity: a supervisor said so."""


@dataclass(frozen=True, slots=True)
class EndedContact:
    """What is remembered of a contact for a day."""

    cause: ContactCause
    initial_id: str
    customer_id: str
    agent_id: str
    disposition: str
    places: tuple[tuple[str, int], ...] = ()
    ended_at: int = 0


@dataclass(slots=True, kw_only=True)
class Offer:
    """One that is live: pending, or accepted and not connected yet."""

    offer_id: str
    visit_id: str
    contact_id: str
    agent_id: str
    channel: Channel
    queue: str
    ring_seconds: float
    deadline_at: int
    rings_until: int = 0
    is_accepted: bool = False
    is_over_capacity: bool = False
    unsaid_step: int = 0
    """The step that must be said before its time runs; 0: it runs."""
    told: LiveOffer | None = field(default=None, init=False)
    """What agents are told of it; forgotten when it changes."""


@dataclass(frozen=True, slots=True)
class EndedOffer:
    """What is remembered of an offer for a day."""

    outcome: OfferOutcome
    agent_id: str
    contact_id: str
