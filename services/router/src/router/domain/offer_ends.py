"""The ends of an offer: rejected, out of time, failed, withdrawn."""

from router.domain.agent import Agent
from router.domain.contact import Contact, EndedOffer, Offer
from router.domain.endings import release
from router.domain.offer_decisions import OfferEnded
from router.domain.reasons import OfferOutcome, WithdrawnBecause
from router.domain.waiting import back_in_line, end_preference
from router.domain.workspace import Workspace

KEEPING = (WithdrawnBecause.CAPACITY, WithdrawnBecause.SUPERVISOR)
"""After such an end the agent may get the contact again, alone."""


def end_offer(
    ws: Workspace,
    offer: Offer,
    outcome: OfferOutcome,
    because: WithdrawnBecause | None = None,
    reason_code: str = "",
) -> Contact:
    """The offer ends without being connected.

    With no other offer the contact is back at its place in line, and waits for no agent alone
    who refused or missed it.
    """
    contact, agent = ws.contacts[offer.contact_id], ws.agents[offer.agent_id]
    forget(ws, offer, outcome)
    say_ended(ws, offer, outcome, because, reason_code)
    if offer.is_accepted:
        release(ws, contact)
    else:
        let_go(ws, offer)
        if outcome in (OfferOutcome.REJECTED, OfferOutcome.TIMED_OUT):
            agent.restart_idle_time(ws.now)
    ws.touch(agent, "offer")
    if not contact.offers:
        if because not in KEEPING:
            end_preference(contact)
        back_in_line(ws, contact, "OfferEnded")
    return contact


def let_go(ws: Workspace, offer: Offer) -> None:
    """A pending offer is out of the agent's hands."""
    agent = ws.agents[offer.agent_id]
    del agent.offers[offer.offer_id]
    agent.slots.give_back(offer.channel)
    del ws.contacts[offer.contact_id].offers[offer.offer_id]


def rescind_others(ws: Workspace, contact: Contact) -> None:
    """Another agent won."""
    for offer in [ws.offers[offer_id] for offer_id in contact.offers]:
        forget(ws, offer, OfferOutcome.RESCINDED)
        say_ended(ws, offer, OfferOutcome.RESCINDED)
        let_go(ws, offer)
        ws.touch(ws.agents[offer.agent_id], "offer")


def withdraw_pending(ws: Workspace, agent: Agent, because: WithdrawnBecause) -> None:
    """Take back what the agent has not answered yet."""
    for offer_id in list(agent.offers):
        end_offer(ws, ws.offers[offer_id], OfferOutcome.WITHDRAWN, because)


def withdraw_offers(ws: Workspace, contact: Contact, because: WithdrawnBecause) -> None:
    """Take back the contact from all to whom it is offered: it is in line afterwards."""
    for offer_id in [*contact.offers, *([contact.offer_id] if contact.offer_id else [])]:
        end_offer(ws, ws.offers[offer_id], OfferOutcome.WITHDRAWN, because)


def forget(ws: Workspace, offer: Offer, outcome: OfferOutcome) -> None:
    """The offer is over; what became of it is remembered for a day."""
    del ws.offers[offer.offer_id]
    ws.unsaid.pop(offer.offer_id, None)
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
