"""Each fact of the contract as the domain's; BadField for what the contract does not allow."""

from contact_center.v1 import contact_events_pb2 as pb
from router.adapters.codec.names import (
    CHANNEL_OF,
    FLOW_OUTCOME_OF,
    PARTY_OF,
    PRESENCE_OF,
    word,
)
from router.adapters.codec.policies import policy_from, roster_agent_from
from router.adapters.codec.values import (
    addresses_from,
    lineage_from,
    needs_from,
    position_from,
    sealed_from,
)
from router.domain import agent_facts as a
from router.domain import contact_facts as c
from router.domain import steering_facts as s


def contact_arrived(m: pb.ContactArrived) -> c.ContactArrived:
    return c.ContactArrived(
        contact_id=m.contact_id,
        channel=word(CHANNEL_OF, m.channel, "channel"),
        entry_point=m.entry_point,
        conversation_id=m.conversation_id,
        key_id=m.key_id,
        lineage=lineage_from(m.lineage),
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
        priority=m.priority,
        requirements=needs_from(m.requirements, "requirements"),
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


def agent_signed_in(m: pb.AgentSignedIn) -> a.AgentSignedIn:
    return a.AgentSignedIn(
        agent_id=m.agent_id, session_id=m.session_id, desk_instance=m.desk_instance
    )


def agent_signed_out(m: pb.AgentSignedOut) -> a.AgentSignedOut:
    return a.AgentSignedOut(
        agent_id=m.agent_id, session_number=m.session_number, desk_instance=m.desk_instance
    )


def agent_connection_lost(m: pb.AgentConnectionLost) -> a.AgentConnectionLost:
    return a.AgentConnectionLost(
        agent_id=m.agent_id, session_number=m.session_number, desk_instance=m.desk_instance
    )


def presence_chosen(m: pb.PresenceChosen) -> a.PresenceChosen:
    return a.PresenceChosen(
        agent_id=m.agent_id,
        session_number=m.session_number,
        desk_instance=m.desk_instance,
        presence=word(PRESENCE_OF, m.presence, "presence"),
        reason_code=m.reason_code,
        is_next=m.is_next,
    )


def offer_delivered(m: pb.OfferDelivered) -> a.OfferDelivered:
    return a.OfferDelivered(
        agent_id=m.agent_id,
        session_number=m.session_number,
        desk_instance=m.desk_instance,
        offer_id=m.offer_id,
    )


def offer_accepted(m: pb.OfferAccepted) -> a.OfferAccepted:
    return a.OfferAccepted(
        agent_id=m.agent_id,
        session_number=m.session_number,
        desk_instance=m.desk_instance,
        offer_id=m.offer_id,
    )


def offer_rejected(m: pb.OfferRejected) -> a.OfferRejected:
    return a.OfferRejected(
        agent_id=m.agent_id,
        session_number=m.session_number,
        desk_instance=m.desk_instance,
        offer_id=m.offer_id,
        reason_code=m.reason_code,
    )


def hold_started(m: pb.HoldStarted) -> a.HoldStarted:
    return a.HoldStarted(
        agent_id=m.agent_id,
        session_number=m.session_number,
        desk_instance=m.desk_instance,
        contact_id=m.contact_id,
    )


def hold_ended(m: pb.HoldEnded) -> a.HoldEnded:
    return a.HoldEnded(
        agent_id=m.agent_id,
        session_number=m.session_number,
        desk_instance=m.desk_instance,
        contact_id=m.contact_id,
    )


def transfer_requested(m: pb.TransferRequested) -> a.TransferRequested:
    return a.TransferRequested(
        agent_id=m.agent_id,
        session_number=m.session_number,
        desk_instance=m.desk_instance,
        contact_id=m.contact_id,
        queue=m.queue,
        requirements=needs_from(m.requirements, "requirements"),
    )


def wrap_up_finished(m: pb.WrapUpFinished) -> a.WrapUpFinished:
    return a.WrapUpFinished(
        agent_id=m.agent_id,
        session_number=m.session_number,
        desk_instance=m.desk_instance,
        contact_id=m.contact_id,
        disposition=m.disposition,
        note=sealed_from(m.note) if m.HasField("note") else None,
    )


def desk_heartbeat(m: pb.DeskHeartbeat) -> a.DeskHeartbeat:
    return a.DeskHeartbeat(desk_instance=m.desk_instance)


def policy_proposed(m: pb.PolicyProposed) -> s.PolicyProposed:
    return s.PolicyProposed(policy=policy_from(m.policy), base_version=m.base_version)


def agent_defined(m: pb.AgentDefined) -> s.AgentDefined:
    return s.AgentDefined(agent=roster_agent_from(m.agent))


def agent_removed(m: pb.AgentRemoved) -> s.AgentRemoved:
    return s.AgentRemoved(agent_id=m.agent_id)


def engine_version_activated(m: pb.EngineVersionActivated) -> s.EngineVersionActivated:
    return s.EngineVersionActivated(engine_version=m.engine_version)


def clock_ticked(m: pb.ClockTicked) -> s.ClockTicked:
    due_at = m.due_at
    return s.ClockTicked(due_at=due_at.seconds * 1000 + due_at.nanos // 1_000_000)
