"""Finding what a fact is about, or saying why it is refused."""

from typing import Protocol

from router.domain.agent import Agent
from router.domain.contact import Contact, Offer
from router.domain.desks import heard_of_session
from router.domain.reasons import Because, OfferOutcome, Refused
from router.domain.transitions import may
from router.domain.words import Connection
from router.domain.workspace import Workspace


class FromSession(Protocol):
    """What an agent's session says."""

    @property
    def agent_id(self) -> str: ...
    @property
    def session_number(self) -> int: ...


ENDED_AS = {
    OfferOutcome.CONNECTED: Because.OFFER_ACCEPTED,
    OfferOutcome.FAILED: Because.OFFER_FAILED,
    OfferOutcome.REJECTED: Because.OFFER_REJECTED,
    OfferOutcome.TIMED_OUT: Because.OFFER_TIMED_OUT,
    OfferOutcome.RESCINDED: Because.OFFER_RESCINDED,
    OfferOutcome.WITHDRAWN: Because.OFFER_WITHDRAWN,
}


def contact_of(ws: Workspace, contact_id: str) -> Contact:
    """Return the contact, which is not ended."""
    contact = ws.contacts.get(contact_id)
    if contact is not None:
        return contact
    ended = ws.ended_contacts.get(contact_id)
    if ended is not None:
        raise Refused(Because.CONTACT_ENDED, f"it ended {ended.cause}", contact_id=contact_id)
    raise Refused(Because.UNKNOWN_CONTACT, f"contact {contact_id!r}", contact_id=contact_id)


def require(contact: Contact, on: str) -> None:
    """Refuse what the contact table has no row for."""
    if not may(contact.state, on):
        detail = f"the contact is {contact.state}"
        raise Refused(Because.NOT_IN_THIS_STATE, detail, contact_id=contact.contact_id)


def repeated(contact: Contact, detail: str) -> Refused:
    """Return the refusal of what was said already."""
    return Refused(Because.REPEATED, detail, contact_id=contact.contact_id)


def agent_of(ws: Workspace, agent_id: str) -> Agent:
    """Return the agent of the roster."""
    agent = ws.agents.get(agent_id)
    if agent is None:
        raise Refused(Because.UNKNOWN_AGENT, f"agent {agent_id!r}", agent_id=agent_id)
    return agent


def session_of(ws: Workspace, fact: FromSession) -> Agent:
    """Return the agent whose current session says this."""
    agent = agent_of(ws, fact.agent_id)
    if agent.session_number != fact.session_number or agent.connection is Connection.GONE:
        detail = f"session {fact.session_number} is not the current one"
        raise Refused(Because.STALE_SESSION, detail, agent_id=fact.agent_id)
    return agent


def acting(ws: Workspace, fact: FromSession) -> Agent:
    """Return the agent who acts by word, who therefore responds again."""
    agent = session_of(ws, fact)
    heard_of_session(ws, agent)
    if agent.is_not_responding:
        agent.is_not_responding = False
        ws.touch(agent, "presence")
    return agent


def own_contact(ws: Workspace, agent: Agent, contact_id: str) -> Contact:
    """Return the contact that the agent has in hand."""
    contact = contact_of(ws, contact_id)
    if contact.agent_id != agent.agent_id:
        detail = f"another has it, or nobody: it is {contact.state}"
        raise Refused(
            Because.NOT_YOUR_CONTACT, detail, contact_id=contact_id, agent_id=agent.agent_id
        )
    return contact


def live_offer(ws: Workspace, offer_id: str, agent_id: str) -> Offer:
    """Return the agent's offer, which is pending or accepted."""
    offer = ws.offers.get(offer_id)
    ended = None if offer is not None else ws.ended_offers.get(offer_id)
    whose = offer.agent_id if offer else ended.agent_id if ended else None
    if whose is None:
        raise Refused(Because.UNKNOWN_OFFER, f"offer {offer_id!r}", offer_id=offer_id)
    if whose != agent_id:
        raise Refused(
            Because.NOT_YOUR_CONTACT, "the offer is another's", offer_id=offer_id, agent_id=agent_id
        )
    if offer is None:
        assert ended is not None
        raise offer_over(offer_id, agent_id, ENDED_AS[ended.outcome], ended.contact_id)
    return offer


def offer_over(offer_id: str, agent_id: str, because: Because, contact_id: str) -> Refused:
    """Return the refusal of a command that comes too late for its offer."""
    return Refused(
        because,
        "the offer is over",
        offer_id=offer_id,
        agent_id=agent_id,
        contact_id=contact_id,
    )
