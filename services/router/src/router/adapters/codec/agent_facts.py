"""What agents and their desks say as the domain's; BadField for what the contract forbids."""

from contact_center.v1 import contact_events_pb2 as pb
from router.adapters.codec.names import PRESENCE_OF, word
from router.adapters.codec.needs import attributes_from, contact_needs_from
from router.adapters.codec.values import sealed_from
from router.domain import agent_facts as a


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
        requirements=contact_needs_from(m.requirements, m.needs if m.HasField("needs") else None),
        to_agent_id=m.to_agent_id,
        flow=m.flow,
        attributes=attributes_from(m.attributes),
    )


def consult_requested(m: pb.ConsultRequested) -> a.ConsultRequested:
    return a.ConsultRequested(
        agent_id=m.agent_id,
        session_number=m.session_number,
        desk_instance=m.desk_instance,
        contact_id=m.contact_id,
        queue=m.queue,
        to_agent_id=m.to_agent_id,
        requirements=contact_needs_from(m.requirements, m.needs if m.HasField("needs") else None),
        attributes=attributes_from(m.attributes),
    )


def consult_ended(m: pb.ConsultEnded) -> a.ConsultEnded:
    return a.ConsultEnded(
        agent_id=m.agent_id,
        session_number=m.session_number,
        desk_instance=m.desk_instance,
        contact_id=m.contact_id,
    )


def conference_started(m: pb.ConferenceStarted) -> a.ConferenceStarted:
    return a.ConferenceStarted(
        agent_id=m.agent_id,
        session_number=m.session_number,
        desk_instance=m.desk_instance,
        contact_id=m.contact_id,
    )


def consult_transfer_requested(m: pb.ConsultTransferRequested) -> a.ConsultTransferRequested:
    return a.ConsultTransferRequested(
        agent_id=m.agent_id,
        session_number=m.session_number,
        desk_instance=m.desk_instance,
        contact_id=m.contact_id,
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
