"""What is decided about offers, and why."""

from typing import NamedTuple

from router.domain.reasons import OfferOutcome, WithdrawnBecause
from router.domain.said import said
from router.domain.words import Channel


class Candidate(NamedTuple):
    """One of the best, with what was compared as (what, value)."""

    id: str
    compared: tuple[tuple[str, str], ...]


@said
class Explanation:
    """Why this agent and this contact; bounded, whatever the load."""

    question: str
    candidate_count: int
    dropped: tuple[tuple[str, int], ...]
    best: tuple[Candidate, ...]
    sentence: str


@said
class OfferMade:
    offer_id: str
    visit_id: str
    contact_id: str
    queue: str
    channel: Channel
    agent_id: str
    session_number: int
    desk_instance: str
    ring_seconds: float
    conversation_id: str
    customer_id: str
    explanation: Explanation
    ring: int = 0
    is_over_capacity: bool = False
    is_direct: bool = False
    opened_by_agent_id: str = ""


@said
class OfferRinging:
    offer_id: str
    contact_id: str
    agent_id: str
    rings_until: int


@said
class OfferEnded:
    offer_id: str
    visit_id: str
    contact_id: str
    agent_id: str
    outcome: OfferOutcome
    withdrawn_because: WithdrawnBecause | None = None
    reason_code: str = ""
