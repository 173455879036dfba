"""What agents and their phones say about offers."""

from router.domain.agent_facts import OfferAccepted, OfferDelivered, OfferRejected
from router.domain.contact import Offer
from router.domain.contact_facts import AgentConnected, AgentLegFailed
from router.domain.desks import heard_of_session
from router.domain.lookup import acting, agent_of, live_offer, offer_over, session_of
from router.domain.offer_ends import end_offer
from router.domain.offers import accept, connect, ring
from router.domain.reasons import Because, OfferOutcome, Refused
from router.domain.workspace import Workspace


def offer_delivered(ws: Workspace, fact: OfferDelivered) -> None:
    """The screen shows it: a sign of life, and the countdown starts."""
    agent = session_of(ws, fact)
    heard_of_session(ws, agent)
    offer = live_offer(ws, fact.offer_id, agent.agent_id)
    if offer.rings_until:
        raise _over(offer, Because.REPEATED)
    if offer.is_accepted:
        raise _over(offer, Because.OFFER_ACCEPTED)
    ring(ws, offer)


def offer_accepted(ws: Workspace, fact: OfferAccepted) -> None:
    """OFFERED → CONNECTING, or CONNECTED for text."""
    agent = acting(ws, fact)
    try:
        offer = live_offer(ws, fact.offer_id, agent.agent_id)
    except Refused as refused:
        raise _as_repeated(refused, Because.OFFER_ACCEPTED) from None
    if offer.is_accepted:
        raise _over(offer, Because.REPEATED)
    accept(ws, offer)


def offer_rejected(ws: Workspace, fact: OfferRejected) -> None:
    """OFFERED → QUEUED: same visit, same place."""
    agent = acting(ws, fact)
    try:
        offer = live_offer(ws, fact.offer_id, agent.agent_id)
    except Refused as refused:
        raise _as_repeated(refused, Because.OFFER_REJECTED) from None
    if offer.is_accepted:
        raise _over(offer, Because.OFFER_ACCEPTED)
    end_offer(ws, offer, OfferOutcome.REJECTED, reason_code=fact.reason_code)


def agent_connected(ws: Workspace, fact: AgentConnected) -> None:
    """CONNECTING → CONNECTED: both sides are joined."""
    agent_of(ws, fact.agent_id)
    try:
        offer = live_offer(ws, fact.offer_id, fact.agent_id)
    except Refused as refused:
        raise _as_repeated(refused, Because.OFFER_ACCEPTED) from None
    _require_dialled(offer, fact.contact_id)
    connect(ws, offer, "AgentConnected")


def agent_leg_failed(ws: Workspace, fact: AgentLegFailed) -> None:
    """CONNECTING → QUEUED: the offer ends failed; same visit, same place."""
    agent_of(ws, fact.agent_id)
    try:
        offer = live_offer(ws, fact.offer_id, fact.agent_id)
    except Refused as refused:
        raise _as_repeated(refused, Because.OFFER_FAILED) from None
    _require_dialled(offer, fact.contact_id)
    end_offer(ws, offer, OfferOutcome.FAILED, reason_code=fact.reason)


def _require_dialled(offer: Offer, contact_id: str) -> None:
    if offer.contact_id != contact_id:
        raise Refused(
            Because.INVALID_FIELD,
            "the offer is of another contact",
            contact_id=contact_id,
            offer_id=offer.offer_id,
        )
    if not offer.is_accepted:
        raise Refused(
            Because.NOT_IN_THIS_STATE,
            "the offer is not accepted yet",
            contact_id=contact_id,
            offer_id=offer.offer_id,
        )


def _over(offer: Offer, because: Because) -> Refused:
    return offer_over(offer.offer_id, offer.agent_id, because, offer.contact_id)


def _as_repeated(refused: Refused, same: Because) -> Refused:
    """A command whose outcome is there already was said before."""
    if refused.because is same:
        refused.because = Because.REPEATED
    return refused
