"""Steps that were said, read again: to compare them, and to show them to people."""

from google.protobuf.json_format import MessageToJson
from google.protobuf.message import DecodeError

from chassis.errors import InvalidMessage
from contact_center.v1 import routing_events_pb2
from router.handlers.replaying import Said


def read_said(key: bytes, value: bytes) -> Said:
    """Return number and cause of a step; InvalidMessage for a record that no router wrote."""
    try:
        step = routing_events_pb2.RoutingStep.FromString(value)
    except DecodeError as error:
        raise InvalidMessage("the bytes are no RoutingStep") from error
    if not step.step_number or step.workspace.encode() != key:
        raise InvalidMessage("the record is not about the workspace of its key")
    return Said(step_number=step.step_number, cause=step.cause.offset, value=value)


def readable(value: bytes) -> list[str]:
    """Return a step as lines of JSON; none for no bytes."""
    if not value:
        return []
    step = routing_events_pb2.RoutingStep.FromString(value)
    return MessageToJson(step, preserving_proto_field_name=True, ensure_ascii=False).splitlines()


def title(value: bytes) -> str:
    """Return in one line which step it is: what it answers, and when."""
    step = routing_events_pb2.RoutingStep.FromString(value)
    at = step.stamped_at.ToDatetime().isoformat(sep=" ", timespec="milliseconds")
    return f"{step.event_type or 'a record that cannot be understood'} of {at} UTC"
