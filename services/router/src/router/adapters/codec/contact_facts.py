"""What is said about contacts as the domain's; BadField for what the contract does not allow."""

from contact_center.v1 import contact_events_pb2 as pb
from router.adapters.codec.names import CHANNEL_OF, FLOW_OUTCOME_OF, PARTY_OF, word
from router.adapters.codec.needs import attributes_from, contact_needs_from
from router.adapters.codec.values import (
    addresses_from,
    lineage_from,
    milliseconds,
    position_from,
    priority,
)
from router.domain import contact_facts as c


def contact_arrived(m: pb.ContactArrived) -> c.ContactArrived:
    return c.ContactArrived(
        contact_id=m.contact_id,
        channel=word(CHANNEL_OF, m.channel, "channel"),
        entry_point=m.entry_point,
        conversation_id=m.conversation_id,
        key_id=m.key_id,
        lineage=lineage_from(m.lineage),
        attributes=attributes_from(m.attributes),
    )


def customer_messaged(m: pb.CustomerMessaged) -> c.CustomerMessaged:
    return c.CustomerMessaged(
        contact_id=m.contact_id,
        conversation_id=m.conversation_id,
        message_id=m.message_id,
        position=position_from(m.position),
        new_contact_id=m.new_contact_id,
        channel=word(CHANNEL_OF, m.channel, "channel"),
        entry_point=m.entry_point,
        key_id=m.key_id,
        addresses=addresses_from(m.addresses),
    )


def customer_identified(m: pb.CustomerIdentified) -> c.CustomerIdentified:
    return c.CustomerIdentified(
        contact_id=m.contact_id,
        customer_id=m.customer_id,
        is_new=m.is_new,
        tier=m.tier,
        last_agent_id=m.last_agent_id,
        contact_count=m.contact_count,
    )


def queue_requested(m: pb.QueueRequested) -> c.QueueRequested:
    return c.QueueRequested(
        contact_id=m.contact_id,
        queue=m.queue,
        priority=priority(m.priority),
        requirements=contact_needs_from(m.requirements, m.needs if m.HasField("needs") else None),
        attributes=attributes_from(m.attributes),
        preferred_agent_id=m.preferred_agent_id,
    )


def flow_finished(m: pb.FlowFinished) -> c.FlowFinished:
    outcome = word(FLOW_OUTCOME_OF, m.outcome, "outcome")
    return c.FlowFinished(contact_id=m.contact_id, outcome=outcome)


def customer_left(m: pb.CustomerLeft) -> c.CustomerLeft:
    return c.CustomerLeft(contact_id=m.contact_id)


def contact_disconnected(m: pb.ContactDisconnected) -> c.ContactDisconnected:
    return c.ContactDisconnected(
        contact_id=m.contact_id,
        by=word(PARTY_OF, m.by, "by"),
        agent_id=m.agent_id,
        session_number=m.session_number,
        desk_instance=m.desk_instance,
    )


def channel_failed(m: pb.ChannelFailed) -> c.ChannelFailed:
    return c.ChannelFailed(contact_id=m.contact_id, reason=m.reason)


def agent_connected(m: pb.AgentConnected) -> c.AgentConnected:
    return c.AgentConnected(contact_id=m.contact_id, offer_id=m.offer_id, agent_id=m.agent_id)


def agent_leg_failed(m: pb.AgentLegFailed) -> c.AgentLegFailed:
    return c.AgentLegFailed(
        contact_id=m.contact_id, offer_id=m.offer_id, agent_id=m.agent_id, reason=m.reason
    )


def agent_first_replied(m: pb.AgentFirstReplied) -> c.AgentFirstReplied:
    return c.AgentFirstReplied(contact_id=m.contact_id, agent_id=m.agent_id)


def callback_requested(m: pb.CallbackRequested) -> c.CallbackRequested:
    return c.CallbackRequested(
        contact_id=m.contact_id,
        scheduled_at=milliseconds(m.scheduled_at, "scheduled_at"),
        addresses=addresses_from(m.addresses),
        key_id=m.key_id,
    )


def customer_leg_failed(m: pb.CustomerLegFailed) -> c.CustomerLegFailed:
    return c.CustomerLegFailed(contact_id=m.contact_id, offer_id=m.offer_id, reason=m.reason)


def message_taken(m: pb.MessageTaken) -> c.MessageTaken:
    return c.MessageTaken(contact_id=m.contact_id, queue=m.queue)
