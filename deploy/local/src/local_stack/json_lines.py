"""One record of a topic as one line of JSON, its protobuf value decoded by the register."""

import base64
import importlib
import json
import pkgutil
from datetime import UTC, datetime
from typing import Any

from google.protobuf.descriptor_pool import Default
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

import contact_center.v1
from local_stack.topics import registered_topics


class Decoder:
    """Turns values of one topic into plain data."""

    def __init__(self, topic: str) -> None:
        # A dead letter holds what should have been a record of its source.
        source = topic.partition(".dlq.")[0]
        messages = {known.name: known.message for known in registered_topics()}
        self._kind = _message_class(name) if (name := messages.get(source)) else None

    def decode(self, value: bytes | None) -> Any:
        """Return the message's fields; bytes that are no such message as base64."""
        if value is None:
            return None
        if self._kind is None:
            return _undecoded(value)
        message = self._kind()
        try:
            message.ParseFromString(value)
        except DecodeError:
            return _undecoded(value)
        return MessageToDict(message, preserving_proto_field_name=True)


def json_line(record: Any, decoder: Decoder) -> str:
    """Return position, time, key, headers and value of an aiokafka record."""
    content = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "time": datetime.fromtimestamp(record.timestamp / 1000, UTC).isoformat(
            timespec="milliseconds"
        ),
        "key": _text(record.key),
        "headers": {name: _text(value) for name, value in record.headers},
        "value": decoder.decode(record.value),
    }
    return json.dumps(content, ensure_ascii=False)


def _message_class(name: str) -> type[Message]:
    for module in pkgutil.iter_modules(contact_center.v1.__path__):
        if module.name.endswith("_pb2"):
            importlib.import_module(f"contact_center.v1.{module.name}")
    kind: type[Message] = GetMessageClass(Default().FindMessageTypeByName(name))
    return kind


def _undecoded(value: bytes) -> dict[str, str]:
    return {"undecoded_base64": base64.b64encode(value).decode()}


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode(errors="backslashreplace")
