"""What is told of an agent: all that a desk needs to know."""

from router.domain.agent import Agent
from router.domain.agent_decisions import AgentState, AgentStateChanged, HeldContact, LiveOffer
from router.domain.contact import Contact, Offer
from router.domain.versions import BEHAVIOURS
from router.domain.words import CALLS
from router.domain.workspace import Workspace


def state_of(ws: Workspace, agent: Agent) -> AgentState:
    """Return the agent's layers, and what is in hand."""
    return AgentState(
        agent_id=agent.agent_id,
        team=agent.defined.team,
        session_number=agent.session_number,
        desk_instance=agent.desk_instance,
        presence=agent.presence,
        reason_code=agent.reason_code,
        next_presence=agent.next_presence,
        next_reason_code=agent.next_reason_code,
        connection=agent.connection,
        not_routable_because=agent.not_routable_because(),
        contacts=tuple([each.told or _held(ws, each) for each in agent.contacts.values()]),
        offers=tuple([each.told or _live(ws, each) for each in agent.offers.values()]),
    )


def tell(ws: Workspace, agent: Agent, because: str) -> None:
    """Say how the agent stands now."""
    ws.say(AgentStateChanged(agent=state_of(ws, agent), because=because))


def forget_told(ws: Workspace, contact: Contact) -> None:
    """What is told of the contact, and of its offers, is not so any more."""
    contact.told = None
    for offer_id in contact.offers:
        ws.offers[offer_id].told = None


def _held(ws: Workspace, contact: Contact) -> HeldContact:
    told = contact.told = HeldContact(
        contact_id=contact.contact_id,
        channel=contact.channel,
        state=contact.state,
        conversation_id=contact.conversation_id,
        customer_id=contact.customer_id,
        queue=contact.queue,
        key_id=contact.key_id,
        since=contact.since,
        consult_contact_id=contact.consult_id,
        consults_for=contact.consults_for,
        is_conference=contact.is_conference,
        shared_conversation_id=_shared(ws, contact),
    )
    return told


def _shared(ws: Workspace, contact: Contact) -> str:
    """Return the customer's conversation, where both agents write in it."""
    if not contact.is_conference or contact.channel in CALLS:
        return ""
    if not BEHAVIOURS[ws.engine_version].is_shared_in_writing:
        return ""
    customers = ws.contacts.get(contact.consults_for) if contact.consults_for else contact
    return customers.conversation_id if customers is not None else ""


def _live(ws: Workspace, offer: Offer) -> LiveOffer:
    contact = ws.contacts[offer.contact_id]
    told = offer.told = LiveOffer(
        offer_id=offer.offer_id,
        contact_id=offer.contact_id,
        channel=offer.channel,
        queue=offer.queue,
        conversation_id=contact.conversation_id,
        customer_id=contact.customer_id,
        ring_seconds=offer.ring_seconds,
        rings_until=offer.rings_until or None,
    )
    return told
