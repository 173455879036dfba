"""Decisions about contacts as the contract's."""

from typing import Any

from contact_center.v1 import routing_events_pb2 as pb
from router.adapters.codec import names
from router.adapters.codec.values import (
    address_to,
    instant,
    lineage_to,
    position_to,
    sealed_to,
    timestamp,
)
from router.domain import contact_decisions as c
from router.domain import visit_decisions as v


def contact_opened(d: c.ContactOpened) -> Any:
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


def customer_bound(d: c.CustomerBound) -> Any:
    return pb.CustomerBound(
        contact_id=d.contact_id,
        customer_id=d.customer_id,
        is_new=d.is_new,
        tier=d.tier,
        last_agent_id=d.last_agent_id,
        contact_count=d.contact_count,
    )


def message_received(d: c.MessageReceived) -> Any:
    return pb.MessageReceived(
        contact_id=d.contact_id,
        conversation_id=d.conversation_id,
        message_id=d.message_id,
        position=position_to(d.position),
    )


def contact_connecting(d: c.ContactConnecting) -> Any:
    return pb.ContactConnecting(
        contact_id=d.contact_id,
        offer_id=d.offer_id,
        agent_id=d.agent_id,
        voice_address=d.voice_address,
        connect_seconds=d.connect_seconds,
        is_customer_dialled=d.is_customer_dialled,
        with_agent_id=d.with_agent_id,
    )


def contact_connected(d: c.ContactConnected) -> Any:
    return pb.ContactConnected(
        contact_id=d.contact_id,
        offer_id=d.offer_id,
        agent_id=d.agent_id,
        channel=names.CHANNELS[d.channel],
        queue=d.queue,
    )


def contact_held(d: c.ContactHeld) -> Any:
    return pb.ContactHeld(
        contact_id=d.contact_id, agent_id=d.agent_id, interrupted_by=d.interrupted_by
    )


def contact_resumed(d: c.ContactResumed) -> Any:
    return pb.ContactResumed(
        contact_id=d.contact_id, agent_id=d.agent_id, is_after_interrupt=d.is_after_interrupt
    )


def first_reply_made(d: c.FirstReplyMade) -> Any:
    return pb.FirstReplyMade(contact_id=d.contact_id, agent_id=d.agent_id)


def contact_transferred(d: c.ContactTransferred) -> Any:
    return pb.ContactTransferred(
        contact_id=d.contact_id,
        new_contact_id=d.new_contact_id,
        from_agent_id=d.from_agent_id,
        queue=d.queue,
        to_agent_id=d.to_agent_id,
        flow=d.flow,
    )


def wrap_up_started(d: c.WrapUpStarted) -> Any:
    return pb.WrapUpStarted(
        contact_id=d.contact_id,
        agent_id=d.agent_id,
        ended_by=names.PARTIES[d.ended_by],
        is_transfer=d.is_transfer,
        is_failure=d.is_failure,
        limit_at=timestamp(d.limit_at),
    )


def contact_ended(d: c.ContactEnded) -> Any:
    return pb.ContactEnded(
        contact_id=d.contact_id,
        cause=names.CAUSES[d.cause],
        agent_id=d.agent_id,
        disposition=d.disposition,
        channel=names.CHANNELS[d.channel],
        conversation_id=d.conversation_id,
        note=sealed_to(d.note),
    )


def contact_sent_to_flow(d: v.ContactSentToFlow) -> Any:
    return pb.ContactSentToFlow(
        contact_id=d.contact_id,
        flow=d.flow,
        because=names.QUEUED_BY[d.because],
        channel=names.CHANNELS[d.channel],
        conversation_id=d.conversation_id,
        key_id=d.key_id,
        entry_point=d.entry_point,
        customer_id=d.customer_id,
    )


def callback_taken(d: c.CallbackTaken) -> Any:
    return pb.CallbackTaken(
        contact_id=d.contact_id,
        new_contact_id=d.new_contact_id,
        scheduled_at=instant(d.scheduled_at),
        addresses=[address_to(token) for token in d.addresses],
    )


def callback_put_off(d: c.CallbackPutOff) -> Any:
    return pb.CallbackPutOff(
        contact_id=d.contact_id, attempts=d.attempts, until=timestamp(d.until), reason=d.reason
    )


def task_taken(d: c.TaskTaken) -> Any:
    return pb.TaskTaken(contact_id=d.contact_id, new_contact_id=d.new_contact_id)


def consult_started(d: c.ConsultStarted) -> Any:
    return pb.ConsultStarted(
        contact_id=d.contact_id, consult_contact_id=d.consult_contact_id, agent_id=d.agent_id
    )


def consult_finished(d: c.ConsultFinished) -> Any:
    return pb.ConsultFinished(
        contact_id=d.contact_id,
        consult_contact_id=d.consult_contact_id,
        is_transfer=d.is_transfer,
        agent_id=d.agent_id,
        consulted_agent_id=d.consulted_agent_id,
    )


def conference_opened(d: c.ConferenceOpened) -> Any:
    return pb.ConferenceOpened(
        contact_id=d.contact_id,
        consult_contact_id=d.consult_contact_id,
        agent_id=d.agent_id,
        consulted_agent_id=d.consulted_agent_id,
    )


def contact_priority_set(d: v.ContactPrioritySet) -> Any:
    return pb.ContactPrioritySet(contact_id=d.contact_id, priority=d.priority, by=d.by)
