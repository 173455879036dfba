"""Facts of the domain as the bytes that writers would send: the codec's reading, backwards."""

from dataclasses import is_dataclass
from enum import Enum
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from contact_center.v1 import contact_events_pb2
from router.adapters.codec.needs import apart
from router.adapters.codec.policies import policy_to
from router.adapters.codec.roster import roster_agent_to
from router.adapters.codec.values import timestamp
from router.domain.policy import Policy, RosterAgent
from router.domain.steering_facts import Malformed
from router.domain.values import Needs

EVENT = contact_events_pb2.ContactEvent.DESCRIPTOR
KINDS = {field.message_type.name: field for field in EVENT.oneofs_by_name["fact"].fields}


def on_the_wire(fact: Any, event_id: str, workspace: str = "main") -> bytes:
    """Return the record's value; what is malformed is junk."""
    if isinstance(fact, Malformed):
        return b"junk"
    field = KINDS[type(fact).__name__]
    body = {field.name: _message(field, fact)}
    event = contact_events_pb2.ContactEvent(
        event_id=event_id, workspace=workspace, source="test/1", **body
    )
    return event.SerializeToString(deterministic=True)


def _message(field: FieldDescriptor, value: Any) -> Any:
    if isinstance(value, Policy):
        return policy_to(value)
    if isinstance(value, RosterAgent):
        return roster_agent_to(value)
    kind = field.message_type
    if kind.name == "Timestamp":
        return timestamp(value)
    if kind.name == "Attribute":
        name, said = value
        held = {"enum_value": said} if isinstance(said, str) else {"number": said}
        return kind._concrete_class(name=name, **held)
    message = kind._concrete_class()
    for part in kind.fields:
        given = getattr(value, part.name, None)
        if given is None or (part.message_type is not None and given in (0, ())):
            continue
        if isinstance(given, Needs):
            skills, more = apart(given)
            message.requirements.extend(skills)
            if more is not None and "needs" in kind.fields_by_name:
                message.needs.CopyFrom(more)
            continue
        if part.is_repeated:
            getattr(message, part.name).extend(_one(part, item) for item in given)
        elif part.message_type is not None:
            getattr(message, part.name).CopyFrom(_one(part, given))
        else:
            setattr(message, part.name, _one(part, given))
    return message


def _one(field: FieldDescriptor, value: Any) -> Any:
    if field.message_type is not None:
        return _message(field, value)
    if field.enum_type is not None and isinstance(value, Enum):
        prefix = field.enum_type.values[0].name.removesuffix("UNSPECIFIED")
        return field.enum_type.values_by_name[prefix + value.name].number
    assert not is_dataclass(value), f"{field.full_name} is no message"
    return value
