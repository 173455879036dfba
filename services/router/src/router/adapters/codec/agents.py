"""Decisions about agents, filled into the contract's."""

from contact_center.v1 import routing_events_pb2 as pb
from router.adapters.codec import names
from router.adapters.codec.values import fill_instant
from router.domain import agent_decisions as a


def session_started(d: a.AgentSessionStarted, m: pb.AgentSessionStarted) -> None:
    """Fill in the answer to a sign-in."""
    m.session_id = d.session_id
    _state(d.agent, m.agent)


def state_changed(d: a.AgentStateChanged, m: pb.AgentStateChanged) -> None:
    """Fill in how the agent stands."""
    _state(d.agent, m.agent)
    m.because = d.because


def _state(agent: a.AgentState, m: pb.AgentState) -> None:
    m.agent_id = agent.agent_id
    m.session_number = agent.session_number
    m.desk_instance = agent.desk_instance
    m.presence = names.PRESENCES[agent.presence]
    m.reason_code = agent.reason_code
    m.next_presence = names.number(names.PRESENCES, agent.next_presence)
    m.next_reason_code = agent.next_reason_code
    m.connection = names.CONNECTIONS[agent.connection]
    m.is_routable = not agent.not_routable_because
    m.not_routable_because = agent.not_routable_because
    for contact in agent.contacts:
        _held(contact, m.contacts.add())
    for offer in agent.offers:
        _live(offer, m.offers.add())
    m.team = agent.team


def _held(contact: a.HeldContact, m: pb.HeldContact) -> None:
    m.contact_id = contact.contact_id
    m.channel = names.CHANNELS[contact.channel]
    m.state = names.CONTACT_STATES[contact.state]
    m.conversation_id = contact.conversation_id
    m.customer_id = contact.customer_id
    m.queue = contact.queue
    m.key_id = contact.key_id
    fill_instant(contact.since, m.since)
    m.consult_contact_id = contact.consult_contact_id
    m.consults_for = contact.consults_for
    m.is_conference = contact.is_conference
    m.shared_conversation_id = contact.shared_conversation_id


def _live(offer: a.LiveOffer, m: pb.LiveOffer) -> None:
    m.offer_id = offer.offer_id
    m.contact_id = offer.contact_id
    m.channel = names.CHANNELS[offer.channel]
    m.queue = offer.queue
    m.conversation_id = offer.conversation_id
    m.customer_id = offer.customer_id
    m.ring_seconds = offer.ring_seconds
    if offer.rings_until is not None:
        fill_instant(offer.rings_until, m.rings_until)
    m.is_over_capacity = offer.is_over_capacity
