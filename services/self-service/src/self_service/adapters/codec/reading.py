"""Records of the topics as news; what does not concern flows is no news."""

import math
from collections.abc import Iterator
from typing import Any

from chassis.errors import InvalidMessage
from chassis.kafka import Record
from contact_center.v1 import contact_events_pb2 as events
from contact_center.v1 import message_events_pb2 as messages
from contact_center.v1 import routing_events_pb2 as routing
from self_service.adapters.codec.values import (
    bounded,
    channel_of,
    customer_of,
    needed,
    parse,
    sealed_of,
)
from self_service.domain.state import Contact, Customer, Recognition
from self_service.handlers.news import (
    QUEUED_BY_ROUTER,
    ContactOver,
    CustomerRecognised,
    CustomerWrote,
    FlowDue,
    KeysPressed,
    News,
    NothingPressed,
    RequestRejected,
    WaitEstimated,
)

OURS = frozenset({"ContactArrived", "QueueRequested", "CallbackRequested", "FlowFinished"})
LEFT = {
    "customer_left": "left",
    "contact_disconnected": "disconnected",
    "channel_failed": "failed",
}
OVER = {
    "visit_opened": QUEUED_BY_ROUTER,
    "contact_connected": "connected",
    "contact_ended": "ended",
}


def read_contact_event(record: Record) -> tuple[News, ...]:
    """Return what a fact means for flows; InvalidMessage for bytes that are none."""
    event = parse(events.ContactEvent(), record.value)
    kind = event.WhichOneof("fact")
    if kind == "contact_arrived":
        return (_arrived(event, record),)
    if kind == "customer_identified":
        identified = event.customer_identified
        return (_recognised(event.workspace, identified),)
    if kind in LEFT:
        return (_over(event.workspace, getattr(event, kind).contact_id, LEFT[kind]),)
    if kind is None and not event.event_id:
        raise InvalidMessage("no ContactEvent: neither an id nor a fact")
    return ()


def read_step(record: Record) -> tuple[str, int, tuple[News, ...]]:
    """Return workspace, number and news of a step; InvalidMessage for bytes that are none."""
    step = parse(routing.RoutingStep(), record.value)
    workspace = needed(step.workspace, "workspace")
    if not step.step_number:
        raise InvalidMessage("no RoutingStep: it has no number")
    return workspace, step.step_number, tuple(_decided(step, workspace))


def read_message_event(record: Record) -> tuple[News, ...]:
    """Return what a customer did on a conversation; InvalidMessage for bytes that are none."""
    event = parse(messages.MessageEvent(), record.value)
    kind = event.WhichOneof("event")
    if kind == "input_missed":
        missed = event.input_missed
        return (
            NothingPressed(
                workspace=needed(event.workspace, "workspace"),
                contact_id=needed(missed.contact_id, "contact_id"),
                question_id=missed.message_id,
            ),
        )
    if kind == "message_recorded" and event.message_recorded.author == events.PARTY_CUSTOMER:
        return _said(event, record.offset)
    if kind is None and not event.event_id:
        raise InvalidMessage("no MessageEvent: neither an id nor an event")
    return ()


def _arrived(event: events.ContactEvent, record: Record) -> FlowDue:
    arrived = event.contact_arrived
    has_message = arrived.HasField("first_message_position")
    return FlowDue(
        contact=_contact(event.workspace, arrived),
        heard=arrived.first_message_position.offset if has_message else -1,
        written_at=record.timestamp_ms / 1000,
    )


def _contact(workspace: str, said: Any) -> Contact:
    """The contact of a ContactArrived or a ContactOpened."""
    contact_id = needed(said.contact_id, "contact_id")
    return Contact(
        workspace=needed(workspace, "workspace"),
        contact_id=contact_id,
        conversation_id=bounded(said.conversation_id, "conversation_id") or contact_id,
        channel=channel_of(said.channel),
        entry_point=bounded(said.entry_point, "entry_point"),
        key_id=bounded(said.key_id, "key_id"),
        has_number=any(
            address.kind == "phone" and address.HasField("address")
            for address in getattr(said, "addresses", ())
        ),
    )


def _recognised(workspace: str, bound: Any) -> CustomerRecognised:
    return CustomerRecognised(
        workspace=needed(workspace, "workspace"),
        contact_id=needed(bound.contact_id, "contact_id"),
        customer=customer_of(bound),
    )


def _over(workspace: str, contact_id: str, outcome: str, step: int = 0) -> ContactOver:
    return ContactOver(
        workspace=needed(workspace, "workspace"),
        contact_id=needed(contact_id, "contact_id"),
        outcome=outcome,
        step=step,
    )


def _decided(step: routing.RoutingStep, workspace: str) -> Iterator[News]:
    received = {
        decision.message_received.contact_id: decision.message_received.position.offset
        for decision in step.decisions
        if decision.HasField("message_received")
    }
    for decision in step.decisions:
        kind = decision.WhichOneof("decision")
        if kind == "contact_opened":
            opened = decision.contact_opened
            if _starts_flow(opened):
                yield _opened(workspace, opened, received.get(opened.contact_id, -1))
        elif kind == "contact_sent_to_flow":
            yield _sent(workspace, decision.contact_sent_to_flow, step.step_number)
        elif kind == "customer_bound":
            yield _recognised(workspace, decision.customer_bound)
        elif kind in OVER:
            contact_id = getattr(decision, kind).contact_id
            yield _over(workspace, contact_id, OVER[kind], step.step_number)
        elif kind == "wait_estimated" and _is_range(decision.wait_estimated):
            yield _estimated(workspace, decision.wait_estimated)
        elif kind == "record_rejected" and _concerns_us(step, decision.record_rejected):
            yield _rejected(step, workspace, decision.record_rejected)


def _is_range(said: routing.WaitEstimated) -> bool:
    return 0 <= said.low_seconds <= said.high_seconds < math.inf


def _estimated(workspace: str, said: routing.WaitEstimated) -> WaitEstimated:
    return WaitEstimated(
        workspace=workspace,
        contact_id=needed(said.contact_id, "contact_id"),
        low_seconds=said.low_seconds,
        high_seconds=said.high_seconds,
    )


def _concerns_us(step: routing.RoutingStep, rejected: routing.RecordRejected) -> bool:
    return step.event_type in OURS and bool(rejected.contact_id)


def _starts_flow(opened: routing.ContactOpened) -> bool:
    """Of an arrival is heard before it is decided; a transfer may go to people."""
    by = opened.opened_by
    return by == routing.OPENED_BY_MESSAGE or (
        by == routing.OPENED_BY_TRANSFER and bool(opened.flow)
    )


def _opened(workspace: str, opened: routing.ContactOpened, heard: int) -> FlowDue:
    return FlowDue(
        contact=_contact(workspace, opened),
        flow_name=bounded(opened.flow, "flow"),
        heard=heard,
        customer=_known(opened.customer_id),
    )


def _sent(workspace: str, sent: routing.ContactSentToFlow, step: int) -> FlowDue:
    return FlowDue(
        contact=_contact(workspace, sent),
        flow_name=needed(sent.flow, "flow"),
        customer=_known(sent.customer_id),
        run=step,
    )


def _known(customer_id: str) -> Customer | None:
    return Customer(recognition=Recognition.KNOWN) if customer_id else None


def _rejected(
    step: routing.RoutingStep, workspace: str, rejected: routing.RecordRejected
) -> RequestRejected:
    try:
        because = routing.RejectedBecause.Name(rejected.because)
    except ValueError:
        because = "unknown"
    return RequestRejected(
        workspace=workspace,
        contact_id=bounded(rejected.contact_id, "contact_id"),
        event_id=step.event_id,
        event_type=step.event_type,
        because=because.removeprefix("REJECTED_BECAUSE_").lower(),
    )


def _said(event: messages.MessageEvent, offset: int) -> tuple[News, ...]:
    recorded = event.message_recorded
    workspace = needed(event.workspace, "workspace")
    body = sealed_of(recorded.body)
    if recorded.kind == messages.MESSAGE_KIND_DIGITS:
        return (
            KeysPressed(
                workspace=workspace,
                contact_id=needed(recorded.contact_id, "contact_id"),
                question_id=recorded.reply_to_message_id,
                body=body,
            ),
        )
    if recorded.kind != messages.MESSAGE_KIND_TEXT or not recorded.HasField("body"):
        return ()
    return (
        CustomerWrote(
            workspace=workspace,
            contact_id=bounded(recorded.contact_id, "contact_id"),
            conversation_id=bounded(event.conversation_id, "conversation_id"),
            offset=offset,
            body=body,
        ),
    )
