"""Decisions about contacts, filled into the contract's."""

from contact_center.v1 import routing_events_pb2 as pb
from router.adapters.codec import names
from router.adapters.codec.values import (
    fill_address,
    fill_instant,
    fill_lineage,
    fill_position,
    fill_sealed,
)
from router.domain import consult_decisions
from router.domain import contact_decisions as c
from router.domain import visit_decisions as v


def contact_opened(d: c.ContactOpened, m: pb.ContactOpened) -> None:
    m.contact_id = d.contact_id
    m.channel = names.CHANNELS[d.channel]
    m.entry_point = d.entry_point
    m.flow = d.flow
    m.conversation_id = d.conversation_id
    m.key_id = d.key_id
    fill_lineage(d.lineage, m.lineage)
    m.opened_by = names.OPENED_BY[d.opened_by]
    m.customer_id = d.customer_id
    for token in d.addresses:
        fill_address(token, m.addresses.add())


def customer_bound(d: c.CustomerBound, m: pb.CustomerBound) -> None:
    m.contact_id = d.contact_id
    m.customer_id = d.customer_id
    m.is_new = d.is_new
    m.tier = d.tier
    m.last_agent_id = d.last_agent_id
    m.contact_count = d.contact_count


def message_received(d: c.MessageReceived, m: pb.MessageReceived) -> None:
    m.contact_id = d.contact_id
    m.conversation_id = d.conversation_id
    m.message_id = d.message_id
    fill_position(d.position, m.position)


def contact_connecting(d: c.ContactConnecting, m: pb.ContactConnecting) -> None:
    m.contact_id = d.contact_id
    m.offer_id = d.offer_id
    m.agent_id = d.agent_id
    m.voice_address = d.voice_address
    m.connect_seconds = d.connect_seconds
    m.is_customer_dialled = d.is_customer_dialled
    m.with_agent_id = d.with_agent_id


def contact_connected(d: c.ContactConnected, m: pb.ContactConnected) -> None:
    m.contact_id = d.contact_id
    m.offer_id = d.offer_id
    m.agent_id = d.agent_id
    m.channel = names.CHANNELS[d.channel]
    m.queue = d.queue


def contact_held(d: c.ContactHeld, m: pb.ContactHeld) -> None:
    m.contact_id = d.contact_id
    m.agent_id = d.agent_id
    m.interrupted_by = d.interrupted_by


def contact_resumed(d: c.ContactResumed, m: pb.ContactResumed) -> None:
    m.contact_id = d.contact_id
    m.agent_id = d.agent_id
    m.is_after_interrupt = d.is_after_interrupt


def first_reply_made(d: c.FirstReplyMade, m: pb.FirstReplyMade) -> None:
    m.contact_id = d.contact_id
    m.agent_id = d.agent_id


def contact_transferred(d: c.ContactTransferred, m: pb.ContactTransferred) -> None:
    m.contact_id = d.contact_id
    m.new_contact_id = d.new_contact_id
    m.from_agent_id = d.from_agent_id
    m.queue = d.queue
    m.to_agent_id = d.to_agent_id
    m.flow = d.flow


def wrap_up_started(d: c.WrapUpStarted, m: pb.WrapUpStarted) -> None:
    m.contact_id = d.contact_id
    m.agent_id = d.agent_id
    m.ended_by = names.PARTIES[d.ended_by]
    m.is_transfer = d.is_transfer
    m.is_failure = d.is_failure
    fill_instant(d.limit_at, m.limit_at)


def contact_ended(d: c.ContactEnded, m: pb.ContactEnded) -> None:
    m.contact_id = d.contact_id
    m.cause = names.CAUSES[d.cause]
    m.agent_id = d.agent_id
    m.disposition = d.disposition
    m.channel = names.CHANNELS[d.channel]
    m.conversation_id = d.conversation_id
    m.reason = d.reason
    if d.note is not None:
        fill_sealed(d.note, m.note)


def contact_sent_to_flow(d: v.ContactSentToFlow, m: pb.ContactSentToFlow) -> None:
    m.contact_id = d.contact_id
    m.flow = d.flow
    m.because = names.QUEUED_BY[d.because]
    m.channel = names.CHANNELS[d.channel]
    m.conversation_id = d.conversation_id
    m.key_id = d.key_id
    m.entry_point = d.entry_point
    m.customer_id = d.customer_id


def callback_taken(d: c.CallbackTaken, m: pb.CallbackTaken) -> None:
    m.contact_id = d.contact_id
    m.new_contact_id = d.new_contact_id
    if d.scheduled_at:
        fill_instant(d.scheduled_at, m.scheduled_at)
    for token in d.addresses:
        fill_address(token, m.addresses.add())


def callback_put_off(d: c.CallbackPutOff, m: pb.CallbackPutOff) -> None:
    m.contact_id = d.contact_id
    m.attempts = d.attempts
    fill_instant(d.until, m.until)
    m.reason = d.reason


def task_taken(d: c.TaskTaken, m: pb.TaskTaken) -> None:
    m.contact_id = d.contact_id
    m.new_contact_id = d.new_contact_id


def consult_started(d: consult_decisions.ConsultStarted, m: pb.ConsultStarted) -> None:
    m.contact_id = d.contact_id
    m.consult_contact_id = d.consult_contact_id
    m.agent_id = d.agent_id


def consult_finished(d: consult_decisions.ConsultFinished, m: pb.ConsultFinished) -> None:
    m.contact_id = d.contact_id
    m.consult_contact_id = d.consult_contact_id
    m.is_transfer = d.is_transfer
    m.agent_id = d.agent_id
    m.consulted_agent_id = d.consulted_agent_id


def conference_opened(d: consult_decisions.ConferenceOpened, m: pb.ConferenceOpened) -> None:
    m.contact_id = d.contact_id
    m.consult_contact_id = d.consult_contact_id
    m.agent_id = d.agent_id
    m.consulted_agent_id = d.consulted_agent_id


def contact_priority_set(d: v.ContactPrioritySet, m: pb.ContactPrioritySet) -> None:
    m.contact_id = d.contact_id
    m.priority = d.priority
    m.by = d.by
