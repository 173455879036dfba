"""Decisions about agents as the contract's."""

from typing import Any

from contact_center.v1 import routing_events_pb2 as pb
from router.adapters.codec import names
from router.adapters.codec.values import timestamp
from router.domain import agent_decisions as a


def session_started(d: a.AgentSessionStarted) -> Any:
    """Return the answer to a sign-in."""
    return pb.AgentSessionStarted(session_id=d.session_id, agent=_state(d.agent))


def state_changed(d: a.AgentStateChanged) -> Any:
    """Return how the agent stands."""
    return pb.AgentStateChanged(agent=_state(d.agent), because=d.because)


def _state(agent: a.AgentState) -> Any:
    return pb.AgentState(
        agent_id=agent.agent_id,
        session_number=agent.session_number,
        desk_instance=agent.desk_instance,
        presence=names.PRESENCES[agent.presence],
        reason_code=agent.reason_code,
        next_presence=names.number(names.PRESENCES, agent.next_presence),
        next_reason_code=agent.next_reason_code,
        connection=names.CONNECTIONS[agent.connection],
        is_routable=not agent.not_routable_because,
        not_routable_because=agent.not_routable_because,
        contacts=[_held(contact) for contact in agent.contacts],
        offers=[_live(offer) for offer in agent.offers],
        team=agent.team,
    )


def _held(contact: a.HeldContact) -> Any:
    return pb.HeldContact(
        contact_id=contact.contact_id,
        channel=names.CHANNELS[contact.channel],
        state=names.CONTACT_STATES[contact.state],
        conversation_id=contact.conversation_id,
        customer_id=contact.customer_id,
        queue=contact.queue,
        key_id=contact.key_id,
        since=timestamp(contact.since),
        consult_contact_id=contact.consult_contact_id,
        consults_for=contact.consults_for,
        is_conference=contact.is_conference,
    )


def _live(offer: a.LiveOffer) -> Any:
    return pb.LiveOffer(
        offer_id=offer.offer_id,
        contact_id=offer.contact_id,
        channel=names.CHANNELS[offer.channel],
        queue=offer.queue,
        conversation_id=offer.conversation_id,
        customer_id=offer.customer_id,
        ring_seconds=offer.ring_seconds,
        rings_until=None if offer.rings_until is None else timestamp(offer.rings_until),
        is_over_capacity=offer.is_over_capacity,
    )
