"""The life of an offer: made, ringing, accepted, connected."""

from router.domain.agent import Agent
from router.domain.contact import Contact, Offer
from router.domain.contact_decisions import ContactConnected, ContactConnecting
from router.domain.interrupts import be_interrupted, interrupt_others
from router.domain.offer_decisions import Explanation, OfferMade, OfferRinging
from router.domain.offer_ends import forget, rescind_others, say_ended
from router.domain.reasons import OfferOutcome, VisitExit
from router.domain.unsaid import await_reaction, begin
from router.domain.versions import BEHAVIOURS
from router.domain.visits import end_visit
from router.domain.words import CALLS, ContactState
from router.domain.workspace import Workspace


def make_offer(ws: Workspace, contact: Contact, agent: Agent, why: Explanation, ring: int) -> None:
    """Hold the contact for the agent until answered, refused or out of time.

    A contact that is offered already is offered to this agent too.
    """
    timers = ws.rules.timers
    offer = Offer(
        offer_id=ws.new_id("offer"),
        visit_id=contact.visit_id,
        contact_id=contact.contact_id,
        agent_id=agent.agent_id,
        channel=contact.channel,
        queue=contact.queue,
        ring_seconds=timers.offer_ring_seconds,
        deadline_at=0,
        is_over_capacity=not agent.slots.has_room(contact.channel),
    )
    ws.turns += 1
    agent.turn = ws.turns
    if contact.state is ContactState.QUEUED:
        ws.move(contact, "OfferMade", ContactState.OFFERED)
    contact.offers[offer.offer_id] = None
    ws.offers[offer.offer_id] = offer
    await_reaction(ws, offer)
    agent.offers[offer.offer_id] = offer
    agent.slots.take(contact.channel)
    ws.say(
        OfferMade(
            offer_id=offer.offer_id,
            visit_id=offer.visit_id,
            contact_id=offer.contact_id,
            queue=offer.queue,
            channel=offer.channel,
            agent_id=agent.agent_id,
            session_number=agent.session_number,
            desk_instance=agent.desk_instance,
            ring_seconds=offer.ring_seconds,
            conversation_id=contact.conversation_id,
            customer_id=contact.customer_id,
            explanation=why,
            ring=ring,
            is_over_capacity=offer.is_over_capacity,
            is_direct=contact.is_direct,
            opened_by_agent_id=contact.asked_by,
        )
    )
    ws.touch(agent, "offer")


def ring(ws: Workspace, offer: Offer) -> None:
    """The agent's screen shows it: the ring time runs."""
    begin(ws, offer)
    ws.give_offer(offer, offer.ring_seconds)
    offer.rings_until, offer.told = offer.deadline_at, None
    ws.say(
        OfferRinging(
            offer_id=offer.offer_id,
            contact_id=offer.contact_id,
            agent_id=offer.agent_id,
            rings_until=offer.rings_until,
        )
    )
    ws.touch(ws.agents[offer.agent_id], "offer")


def accept(ws: Workspace, offer: Offer) -> None:
    """The agent takes it: a text is connected at once, for a call the agent's leg is dialled.

    The first accept wins: what others were offered of it is rescinded.
    """
    contact, agent = ws.contacts[offer.contact_id], ws.agents[offer.agent_id]
    offer.is_accepted = True
    del contact.offers[offer.offer_id]
    contact.offer_id, contact.agent_id = offer.offer_id, agent.agent_id
    del agent.offers[offer.offer_id]
    agent.contacts[contact.contact_id] = contact
    agent.slots.hold(contact.channel, 1)
    agent.restart_idle_time(ws.now)
    ws.touch(agent, "contact")
    say_ended(ws, offer, OfferOutcome.ACCEPTED)
    rescind_others(ws, contact)
    interrupt_others(ws, agent, contact)
    if contact.channel not in CALLS:
        connect(ws, offer, "OfferAccepted")
        return
    ws.move(contact, "OfferAccepted", ContactState.CONNECTING)
    await_reaction(ws, offer)
    ws.say(
        ContactConnecting(
            contact_id=contact.contact_id,
            offer_id=offer.offer_id,
            agent_id=agent.agent_id,
            voice_address=agent.defined.voice_address,
            connect_seconds=ws.rules.timers.connect_seconds,
            is_customer_dialled=contact.is_callback,
            with_agent_id=contact.asked_by,
        )
    )


def connect(ws: Workspace, offer: Offer, on: str) -> None:
    """Customer and agent are joined: the visit ends answered."""
    contact, timers = ws.contacts[offer.contact_id], ws.rules.timers
    forget(ws, offer, OfferOutcome.CONNECTED)
    ws.move(contact, on, ContactState.CONNECTED)
    if BEHAVIOURS[ws.engine_version].is_dialled_sensibly:
        contact.is_callback = False
    ws.give_contact(contact, timers.connected_limit_seconds)
    if contact.channel not in CALLS:
        ws.let_sleep(contact, timers.text_sleep_seconds)
    say_ended(ws, offer, OfferOutcome.CONNECTED)
    ws.say(
        ContactConnected(
            contact_id=contact.contact_id,
            offer_id=offer.offer_id,
            agent_id=offer.agent_id,
            channel=contact.channel,
            queue=contact.queue,
        )
    )
    end_visit(ws, contact, VisitExit.ANSWERED)
    be_interrupted(ws, ws.agents[offer.agent_id], contact)
    ws.touch(ws.agents[offer.agent_id], "contact")
