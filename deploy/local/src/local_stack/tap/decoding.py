"""A topic's values as messages, by the register of topics."""

import base64
import importlib
import pkgutil
from typing import Any

from google.protobuf.descriptor_pool import Default
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

import contact_center.v1
from local_stack.topics import registered_topics


class Decoder:
    """Turns values of one topic into messages and plain data; without keys, sealed stays sealed."""

    def __init__(self, topic: str) -> None:
        # A dead letter holds what should have been a record of its source.
        source = topic.partition(".dlq.")[0]
        messages = {known.name: known.message for known in registered_topics()}
        self._kind = message_class(name) if (name := messages.get(source)) else None

    def message(self, value: bytes | None) -> Message | None:
        """The message; None for no value, or bytes that are no such message."""
        if value is None or self._kind is None:
            return None
        message = self._kind()
        try:
            message.ParseFromString(value)
        except DecodeError:
            return None
        return message

    def decode(self, value: bytes | None) -> Any:
        """Return the message's fields; bytes that are no such message as base64."""
        if value is None:
            return None
        message = self.message(value)
        if message is None:
            return {"undecoded_base64": base64.b64encode(value).decode()}
        return plain(message)


def plain(message: Message) -> dict[str, Any]:
    """The message as JSON knows it, with the names of the contracts."""
    found: dict[str, Any] = MessageToDict(message, preserving_proto_field_name=True)
    return found


def message_class(name: str) -> type[Message]:
    """The class of a message of the contracts, by its full name."""
    for module in pkgutil.iter_modules(contact_center.v1.__path__):
        if module.name.endswith("_pb2"):
            importlib.import_module(f"contact_center.v1.{module.name}")
    kind: type[Message] = GetMessageClass(Default().FindMessageTypeByName(name))
    return kind


def bodies(message: Message) -> list[tuple[str, Message]]:
    """What a record says, by name: the fact of an envelope, or every decision of a step."""
    entries = getattr(message, "decisions", [message])
    found = []
    for entry in entries:
        for oneof in entry.DESCRIPTOR.oneofs:
            if name := entry.WhichOneof(oneof.name):
                found.append((name, getattr(entry, name)))
                break
    return found
