"""A contact, an offer, and what stays of them when they are over."""

from dataclasses import dataclass, field

from router.domain.reasons import ContactCause, OfferOutcome
from router.domain.values import Lineage, Needs
from router.domain.words import Channel, ContactState

Rank = tuple[int, int, str]
"""Place in line: priority (negative), queued since, contact id."""


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
    queue: str = ""
    visit_id: str = ""
    is_visit_open: bool = False
    priority: int = 0
    requirements: Needs = ()
    queued_since: int = 0
    places: dict[str, int] = field(default_factory=dict)
    offer_id: str = ""
    agent_id: str = ""
    sleep_at: int = 0
    is_first_reply_made: bool = False
    is_failed: bool = False
    transferred_to: str = ""

    @property
    def rank(self) -> Rank:
        """Lower is served first."""
        return (-self.priority, self.queued_since, self.contact_id)


@dataclass(frozen=True, slots=True)
class EndedContact:
    """What is remembered of a contact for a day."""

    cause: ContactCause
    initial_id: str
    customer_id: str
    agent_id: str
    disposition: str


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


@dataclass(frozen=True, slots=True)
class EndedOffer:
    """What is remembered of an offer for a day."""

    outcome: OfferOutcome
    agent_id: str
    contact_id: str
