"""The ends of an offer: rejected, out of time, failed, withdrawn."""

from router.domain.agent import Agent
from router.domain.contact import Contact, EndedOffer, Offer
from router.domain.offer_decisions import OfferEnded
from router.domain.reasons import OfferOutcome, WithdrawnBecause
from router.domain.visits import release
from router.domain.words import ContactState
from router.domain.workspace import Workspace


def end_offer(
    ws: Workspace,
    offer: Offer,
    outcome: OfferOutcome,
    because: WithdrawnBecause | None = None,
    reason_code: str = "",
) -> Contact:
    """The offer ends without being connected: the contact is back at its place in line."""
    contact, agent = ws.contacts[offer.contact_id], ws.agents[offer.agent_id]
    forget(ws, offer, outcome)
    say_ended(ws, offer, outcome, because, reason_code)
    if offer.is_accepted:
        release(ws, contact)
    else:
        del agent.offers[offer.offer_id]
        agent.slots.give_back(offer.channel)
        contact.offer_id = ""
        if outcome in (OfferOutcome.REJECTED, OfferOutcome.TIMED_OUT):
            agent.restart_idle_time(ws.now)
    ws.move(contact, "OfferEnded", ContactState.QUEUED)
    ws.touch(agent, "offer")
    return contact


def withdraw_pending(ws: Workspace, agent: Agent, because: WithdrawnBecause) -> None:
    """Take back what the agent has not answered yet."""
    for offer_id in list(agent.offers):
        end_offer(ws, ws.offers[offer_id], OfferOutcome.WITHDRAWN, because)


def forget(ws: Workspace, offer: Offer, outcome: OfferOutcome) -> None:
    """The offer is over; what became of it is remembered for a day."""
    del ws.offers[offer.offer_id]
    kept = EndedOffer(outcome, offer.agent_id, offer.contact_id)
    ws.ended_offers.keep(offer.offer_id, kept, ws.now)


def say_ended(
    ws: Workspace,
    offer: Offer,
    outcome: OfferOutcome,
    because: WithdrawnBecause | None = None,
    reason_code: str = "",
) -> None:
    """Tell the state that the offer reached."""
    ws.say(
        OfferEnded(
            offer_id=offer.offer_id,
            visit_id=offer.visit_id,
            contact_id=offer.contact_id,
            agent_id=offer.agent_id,
            outcome=outcome,
            withdrawn_because=because,
            reason_code=reason_code,
        )
    )
