"""Each decision of the domain as the contract's."""

from collections.abc import Callable
from typing import Any

from contact_center.v1 import routing_events_pb2 as pb
from router.adapters.codec import names
from router.adapters.codec.agents import session_started, state_changed
from router.adapters.codec.offers import offer_ended, offer_made, offer_ringing
from router.adapters.codec.values import (
    address_to,
    lineage_to,
    position_to,
    requirements_to,
    sealed_to,
    timestamp,
)
from router.domain import agent_decisions as a
from router.domain import contact_decisions as c
from router.domain import offer_decisions as o
from router.domain import steering_decisions as s


def _contact_opened(d: c.ContactOpened) -> Any:
    return pb.ContactOpened(
        contact_id=d.contact_id,
        channel=names.CHANNELS[d.channel],
        entry_point=d.entry_point,
        flow=d.flow,
        conversation_id=d.conversation_id,
        key_id=d.key_id,
        lineage=lineage_to(d.lineage),
        opened_by=names.OPENED_BY[d.opened_by],
        customer_id=d.customer_id,
        addresses=[address_to(token) for token in d.addresses],
    )


def _customer_bound(d: c.CustomerBound) -> Any:
    return pb.CustomerBound(
        contact_id=d.contact_id,
        customer_id=d.customer_id,
        is_new=d.is_new,
        tier=d.tier,
        last_agent_id=d.last_agent_id,
        contact_count=d.contact_count,
    )


def _message_received(d: c.MessageReceived) -> Any:
    return pb.MessageReceived(
        contact_id=d.contact_id,
        conversation_id=d.conversation_id,
        message_id=d.message_id,
        position=position_to(d.position),
    )


def _visit_opened(d: c.VisitOpened) -> Any:
    return pb.VisitOpened(
        visit_id=d.visit_id,
        contact_id=d.contact_id,
        queue=d.queue,
        channel=names.CHANNELS[d.channel],
        priority=d.priority,
        requirements=requirements_to(d.requirements),
        queued_since=timestamp(d.queued_since),
    )


def _visit_ended(d: c.VisitEnded) -> Any:
    return pb.VisitEnded(
        visit_id=d.visit_id,
        contact_id=d.contact_id,
        queue=d.queue,
        channel=names.CHANNELS[d.channel],
        exit=names.VISIT_EXITS[d.exit],
        agent_id=d.agent_id,
    )


def _contact_connecting(d: c.ContactConnecting) -> Any:
    return pb.ContactConnecting(
        contact_id=d.contact_id,
        offer_id=d.offer_id,
        agent_id=d.agent_id,
        voice_address=d.voice_address,
        connect_seconds=d.connect_seconds,
    )


def _contact_connected(d: c.ContactConnected) -> Any:
    return pb.ContactConnected(
        contact_id=d.contact_id,
        offer_id=d.offer_id,
        agent_id=d.agent_id,
        channel=names.CHANNELS[d.channel],
        queue=d.queue,
    )


def _contact_held(d: c.ContactHeld) -> Any:
    return pb.ContactHeld(contact_id=d.contact_id, agent_id=d.agent_id)


def _contact_resumed(d: c.ContactResumed) -> Any:
    return pb.ContactResumed(contact_id=d.contact_id, agent_id=d.agent_id)


def _first_reply_made(d: c.FirstReplyMade) -> Any:
    return pb.FirstReplyMade(contact_id=d.contact_id, agent_id=d.agent_id)


def _contact_transferred(d: c.ContactTransferred) -> Any:
    return pb.ContactTransferred(
        contact_id=d.contact_id,
        new_contact_id=d.new_contact_id,
        from_agent_id=d.from_agent_id,
        queue=d.queue,
    )


def _wrap_up_started(d: c.WrapUpStarted) -> Any:
    return pb.WrapUpStarted(
        contact_id=d.contact_id,
        agent_id=d.agent_id,
        ended_by=names.PARTIES[d.ended_by],
        is_transfer=d.is_transfer,
        is_failure=d.is_failure,
        limit_at=timestamp(d.limit_at),
    )


def _contact_ended(d: c.ContactEnded) -> Any:
    return pb.ContactEnded(
        contact_id=d.contact_id,
        cause=names.CAUSES[d.cause],
        agent_id=d.agent_id,
        disposition=d.disposition,
        channel=names.CHANNELS[d.channel],
        conversation_id=d.conversation_id,
        note=sealed_to(d.note),
    )


def _roster_changed(d: s.RosterChanged) -> Any:
    return pb.RosterChanged(agent_id=d.agent_id, is_removed=d.is_removed)


def _policy_activated(d: s.PolicyActivated) -> Any:
    return pb.PolicyActivated(version=d.version, content_sha256=d.content_sha256)


def _policy_refused(d: s.PolicyRefused) -> Any:
    errors = [pb.PolicyError(path=error.path, message=error.message) for error in d.errors]
    return pb.PolicyRefused(base_version=d.base_version, errors=errors)


def _engine_activated(d: s.EngineActivated) -> Any:
    return pb.EngineActivated(engine_version=d.engine_version)


def _record_rejected(d: s.RecordRejected) -> Any:
    return pb.RecordRejected(
        because=names.REJECTED[d.because],
        detail=d.detail,
        contact_id=d.contact_id,
        agent_id=d.agent_id,
        offer_id=d.offer_id,
    )


WRITERS: dict[type, tuple[str, Callable[[Any], Any]]] = {
    c.ContactOpened: ("contact_opened", _contact_opened),
    c.CustomerBound: ("customer_bound", _customer_bound),
    c.MessageReceived: ("message_received", _message_received),
    c.VisitOpened: ("visit_opened", _visit_opened),
    c.VisitEnded: ("visit_ended", _visit_ended),
    o.OfferMade: ("offer_made", offer_made),
    o.OfferRinging: ("offer_ringing", offer_ringing),
    o.OfferEnded: ("offer_ended", offer_ended),
    c.ContactConnecting: ("contact_connecting", _contact_connecting),
    c.ContactConnected: ("contact_connected", _contact_connected),
    c.ContactHeld: ("contact_held", _contact_held),
    c.ContactResumed: ("contact_resumed", _contact_resumed),
    c.FirstReplyMade: ("first_reply_made", _first_reply_made),
    c.ContactTransferred: ("contact_transferred", _contact_transferred),
    c.WrapUpStarted: ("wrap_up_started", _wrap_up_started),
    c.ContactEnded: ("contact_ended", _contact_ended),
    a.AgentSessionStarted: ("agent_session_started", session_started),
    a.AgentStateChanged: ("agent_state_changed", state_changed),
    s.RosterChanged: ("roster_changed", _roster_changed),
    s.PolicyActivated: ("policy_activated", _policy_activated),
    s.PolicyRefused: ("policy_refused", _policy_refused),
    s.EngineActivated: ("engine_activated", _engine_activated),
    s.RecordRejected: ("record_rejected", _record_rejected),
}
