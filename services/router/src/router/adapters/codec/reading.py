"""A record of contact-events as a fact of the domain."""

from collections.abc import Callable
from typing import Any, NamedTuple

from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet

from chassis.errors import InvalidMessage
from contact_center.v1 import contact_events_pb2, policy_pb2, routing_events_pb2
from router.adapters.codec import agent_facts, contact_facts, steering_facts
from router.adapters.codec.names import BadField
from router.adapters.codec.values import MAX_ID, short
from router.domain.reasons import Because
from router.domain.record import Fact
from router.domain.steering_facts import Malformed

FIRST_FACT = 10
"""The envelope's own fields have lower numbers."""


class UnknownFact(Exception):
    """A newer writer's fact: to skip it would be to diverge from those who know it."""


class Decoded(NamedTuple):
    """What a record says; `workspace` is the one that it names itself."""

    event_id: str
    event_type: str
    workspace: str
    fact: Fact


def decode(value: bytes, workspace: str) -> Decoded:
    """Return what the record says; what cannot be understood is a Malformed fact.

    Raises UnknownFact for an event of this workspace whose fact this version does not know.
    """
    event = contact_events_pb2.ContactEvent()
    try:
        event.ParseFromString(value)
    except DecodeError:
        return _malformed(Because.NOT_UNDERSTOOD, "the bytes are no ContactEvent")
    name = event.WhichOneof("fact")
    if name is None:
        if event.event_id and event.workspace == workspace and _has_unknown_fact(event):
            raise UnknownFact(f"event {event.event_id[:MAX_ID]!r} says what nobody here knows")
        return _malformed(Because.NOT_UNDERSTOOD, "there is no fact in it")
    body, said = getattr(event, name), SAID[name]
    if len(event.event_id) > MAX_ID:
        return _malformed(Because.INVALID_FIELD, "event_id is too long", event_type=said)
    if event.workspace != workspace:
        detail = "the record's key is another workspace than the event names"
        return _malformed(Because.INVALID_FIELD, detail, event.event_id, said)
    try:
        if len(value) > MAX_ID:
            _check_lengths(body)
        return Decoded(event.event_id, said, event.workspace, READERS[name](body))
    except BadField as error:
        return _malformed(Because.INVALID_FIELD, str(error), event.event_id, said)


def read_step_number(key: bytes, value: bytes) -> tuple[str, int]:
    """Return workspace and number of a step that was said.

    Raises InvalidMessage for a record that no router wrote.
    """
    step = _own(routing_events_pb2.RoutingStep, key, value)
    return step.workspace, step.step_number


def read_policy_version(key: bytes, value: bytes) -> tuple[str, int]:
    """Return workspace and version of a policy that was said.

    Raises InvalidMessage for a record that no router wrote.
    """
    said = _own(policy_pb2.WorkspacePolicy, key, value)
    return said.workspace, said.policy.version


def _own(kind: type[Any], key: bytes, value: bytes) -> Any:
    try:
        said = kind.FromString(value)
    except DecodeError as error:
        raise InvalidMessage(f"the bytes are no {kind.__name__}") from error
    if not said.workspace or said.workspace.encode() != key:
        raise InvalidMessage("the record's key is another workspace than it names")
    return said


def _malformed(because: Because, detail: str, event_id: str = "", event_type: str = "") -> Decoded:
    return Decoded(event_id, event_type, "", Malformed(because=because, detail=detail))


def _check_lengths(body: Any) -> None:
    for field, value in body.ListFields():
        if field.type == field.TYPE_STRING and not _is_list(value) and len(value) > MAX_ID:
            short(value, field.name)


def _is_list(value: object) -> bool:
    return not isinstance(value, str)


def _has_unknown_fact(event: contact_events_pb2.ContactEvent) -> bool:
    unknown = UnknownFieldSet(event)
    return any(unknown[index].field_number >= FIRST_FACT for index in range(len(unknown)))


FACTS: Any = contact_events_pb2.ContactEvent.DESCRIPTOR.oneofs_by_name["fact"].fields
SAID = {field.name: field.message_type.name for field in FACTS}
READERS: dict[str, Callable[[Any], Fact]] = {
    "contact_arrived": contact_facts.contact_arrived,
    "customer_messaged": contact_facts.customer_messaged,
    "customer_identified": contact_facts.customer_identified,
    "queue_requested": contact_facts.queue_requested,
    "flow_finished": contact_facts.flow_finished,
    "customer_left": contact_facts.customer_left,
    "contact_disconnected": contact_facts.contact_disconnected,
    "channel_failed": contact_facts.channel_failed,
    "agent_connected": contact_facts.agent_connected,
    "agent_leg_failed": contact_facts.agent_leg_failed,
    "agent_first_replied": contact_facts.agent_first_replied,
    "callback_requested": contact_facts.callback_requested,
    "customer_leg_failed": contact_facts.customer_leg_failed,
    "message_taken": contact_facts.message_taken,
    "agent_signed_in": agent_facts.agent_signed_in,
    "agent_signed_out": agent_facts.agent_signed_out,
    "agent_connection_lost": agent_facts.agent_connection_lost,
    "presence_chosen": agent_facts.presence_chosen,
    "offer_delivered": agent_facts.offer_delivered,
    "offer_accepted": agent_facts.offer_accepted,
    "offer_rejected": agent_facts.offer_rejected,
    "hold_started": agent_facts.hold_started,
    "hold_ended": agent_facts.hold_ended,
    "transfer_requested": agent_facts.transfer_requested,
    "consult_requested": agent_facts.consult_requested,
    "consult_ended": agent_facts.consult_ended,
    "conference_started": agent_facts.conference_started,
    "consult_transfer_requested": agent_facts.consult_transfer_requested,
    "wrap_up_finished": agent_facts.wrap_up_finished,
    "desk_heartbeat": agent_facts.desk_heartbeat,
    "policy_proposed": steering_facts.policy_proposed,
    "agent_defined": steering_facts.agent_defined,
    "agent_removed": steering_facts.agent_removed,
    "roster_declared": steering_facts.roster_declared,
    "engine_version_activated": steering_facts.engine_version_activated,
    "clock_ticked": steering_facts.clock_ticked,
    "agent_adjusted": steering_facts.agent_adjusted,
    "queue_paused": steering_facts.queue_paused,
    "presence_forced": steering_facts.presence_forced,
    "contact_moved": steering_facts.contact_moved,
    "contact_prioritised": steering_facts.contact_prioritised,
    "contact_reassigned": steering_facts.contact_reassigned,
    "contact_pulled_back": steering_facts.contact_pulled_back,
}
