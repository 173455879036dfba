"""One record of a topic as people read it."""

from datetime import UTC, datetime
from typing import Any

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from contact_center.v1.routing_events_pb2 import RoutingStep
from local_stack.tap.decoding import Decoder, bodies
from local_stack.tap.json_lines import text

MAX_VALUE_CHARACTERS = 120
MAX_LISTED = 8
MAX_DEPTH = 2
NAME_WIDTH = 24
# In the line of the record, or of no use to people.
OF_THE_ENVELOPE = frozenset({"event_id", "occurred_at", "workspace", "source"})


def lines(record: Any, decoder: Decoder) -> str:
    """Time, position and key; then what it says, one line for each fact or decision."""
    stamp = datetime.fromtimestamp(record.timestamp / 1000, UTC)
    head = f"{_clock(stamp)}  {record.partition}:{record.offset}  {text(record.key) or '-'}"
    message = decoder.message(record.value)
    if message is None:
        size = "no value" if record.value is None else f"{len(record.value)} bytes, no message"
        reason = " ".join(
            f"{name}={text(value)}" for name, value in record.headers if "reason" in name
        )
        return f"{head}  ({size}) {reason}".rstrip()
    said = bodies(message)
    if isinstance(message, RoutingStep):
        cause = f"{message.cause.partition}:{message.cause.offset}"
        told = [f"    {name:<{NAME_WIDTH}} {_fields(body)}".rstrip() for name, body in said]
        return "\n".join(
            [f"{head}  step {message.step_number} of {message.event_type} {cause}", *told]
        )
    rest = _fields(message, without={*OF_THE_ENVELOPE, *(name for name, _ in said)})
    shown = [f"{name:<{NAME_WIDTH}} {_fields(body)}".rstrip() for name, body in said]
    return "  ".join(filter(None, (head, *shown, rest)))


def _fields(message: Message, without: Any = frozenset(), depth: int = 0) -> str:
    if depth > MAX_DEPTH:
        return "…"
    found = []
    for field, value in message.ListFields():
        if field.name not in without:
            found.append(f"{field.name}={_value(field, value, depth)}")
    return " ".join(found)


def _value(field: FieldDescriptor, value: Any, depth: int) -> str:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        inner = field.message_type.fields_by_name["value"]
        listed = [f"{key}: {_one(inner, each, depth)}" for key, each in sorted(value.items())]
        return _list(listed, "{}")
    if hasattr(value, "append"):
        return _list([_one(field, each, depth) for each in value], "[]")
    return _one(field, value, depth)


def _list(listed: list[str], brackets: str) -> str:
    shown = ", ".join(listed[:MAX_LISTED])
    more = f", … {len(listed) - MAX_LISTED} more" if len(listed) > MAX_LISTED else ""
    return f"{brackets[0]}{shown}{more}{brackets[1]}"


def _one(field: FieldDescriptor, value: Any, depth: int) -> str:
    if isinstance(value, Message):
        return _message(value, depth)
    if field.enum_type is not None:
        return _enum(field.enum_type, value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, bytes):
        return f"‹{len(value)} bytes›"
    if isinstance(value, float):
        return f"{value:g}"
    written = str(value)
    cut = written[:MAX_VALUE_CHARACTERS]
    shown = cut if cut == written else f"{cut}…"
    return repr(shown) if not shown or any(c.isspace() for c in shown) else shown


def _message(value: Message, depth: int) -> str:
    name = value.DESCRIPTOR.name
    if name == "Sealed":
        return f"‹sealed, {len(value.ciphertext)} bytes, key {value.key_id}›"  # type: ignore[attr-defined]
    if isinstance(value, Timestamp):
        return _clock(value.ToDatetime(UTC))
    if isinstance(value, Duration):
        return f"{value.ToTimedelta().total_seconds():g}s"
    return f"({_fields(value, depth=depth + 1)})"


def _enum(enum: EnumDescriptor, number: int) -> str:
    """The value's name without the enum's own."""
    found = enum.values_by_number.get(number)
    if found is None:
        return str(number)
    prefix = "".join(f"_{c}" if c.isupper() else c.upper() for c in enum.name).lstrip("_") + "_"
    return found.name.removeprefix(prefix).lower()


def _clock(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S}.{instant.microsecond // 1000:03d}"
