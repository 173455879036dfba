"""The register of topics and the contracts as an AsyncAPI 3 document."""

from typing import Any

from contracts import Contracts, Field

HOUR_MILLISECONDS = 3_600_000
INTEGERS = {"int32", "uint32", "sint32", "fixed32"}
LONG_INTEGERS = {"int64", "uint64", "sint64", "fixed64"}
WELL_KNOWN = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?[0-9.]+s$"},
}
HEADERS = {
    "ce_specversion": "1.0",
    "ce_id": "the event's id: the same fact sent again has the same",
    "ce_type": "which fact, as `ContactArrived`; `RoutingStep`, `WorkspacePolicy`",
    "ce_source": "the service that wrote it, and which instance of it",
    "ce_time": "when it happened, UTC",
    "content-type": "application/protobuf",
    "traceparent": "W3C trace context, where there is one",
}
REQUIRED = [name for name in HEADERS if name != "traceparent"]


def document(register: dict[str, Any], contracts: Contracts) -> dict[str, Any]:
    """The whole document; payloads are schemas of the messages' JSON form."""
    topics = register["topics"]
    wanted = _reachable(contracts, [topic["message"] for topic in topics])
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Contact center topics",
            "version": "1.0.0",
            "description": "Every topic of the contact center. Values are protobuf"
            " (`proto/contact_center/v1`); the schemas here are those of their JSON form, with the"
            " names of the contracts, as `contact-center tap TOPIC --json` prints it. Guarantees:"
            " `guarantees.md`.",
        },
        "defaultContentType": "application/protobuf",
        "servers": {
            "local": {
                "host": "127.0.0.1:7092",
                "protocol": "kafka",
                "description": "The stack of `make up`.",
            }
        },
        "channels": {_id(topic["name"]): _channel(topic, register) for topic in topics},
        "operations": dict(_operations(topics)),
        "components": {
            "messages": {_short(topic["message"]): _message(topic, contracts) for topic in topics},
            "messageTraits": {"cloudEvent": {"headers": _headers()}},
            "schemas": {_short(name): _schema(name, contracts) for name in sorted(wanted)},
        },
    }


def _channel(topic: dict[str, Any], register: dict[str, Any]) -> dict[str, Any]:
    short = _short(topic["message"])
    retention: dict[str, Any] = {"cleanup.policy": ["compact"]}
    if topic.get("retention") != "compact":
        milliseconds = topic["retention_hours"] * HOUR_MILLISECONDS
        retention = {"cleanup.policy": ["delete"], "retention.ms": milliseconds}
    return {
        "address": topic["name"],
        "title": topic["name"],
        "description": f"{topic['says']} Key: {topic['key']}.",
        "messages": {short: {"$ref": f"#/components/messages/{short}"}},
        "bindings": {
            "kafka": {
                "topic": topic["name"],
                "partitions": register["partitions"]["production"],
                "topicConfiguration": retention,
                "bindingVersion": "0.5.0",
            }
        },
    }


def _operations(topics: list[dict[str, Any]]) -> Any:
    for topic in topics:
        short = _short(topic["message"])
        channel = f"#/channels/{_id(topic['name'])}"
        for role, action, verb in (("writers", "send", "writes"), ("readers", "receive", "reads")):
            for service in topic[role]:
                yield (
                    f"{service}-{verb}-{_id(topic['name'])}",
                    {
                        "action": action,
                        "channel": {"$ref": channel},
                        "title": f"{service} {verb} {topic['name']}",
                        "messages": [{"$ref": f"{channel}/messages/{short}"}],
                    },
                )


def _message(topic: dict[str, Any], contracts: Contracts) -> dict[str, Any]:
    short = _short(topic["message"])
    found: dict[str, Any] = {
        "name": short,
        "title": short,
        "contentType": "application/protobuf",
        "traits": [{"$ref": "#/components/messageTraits/cloudEvent"}],
        "payload": {"$ref": f"#/components/schemas/{short}"},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": topic["key"]},
                "bindingVersion": "0.5.0",
            }
        },
    }
    if comment := contracts.messages[topic["message"]].comment:
        found["summary"] = comment
    return found


def _headers() -> dict[str, Any]:
    properties = {name: {"type": "string", "description": HEADERS[name]} for name in HEADERS}
    return {"type": "object", "properties": properties, "required": REQUIRED}


def _schema(name: str, contracts: Contracts) -> dict[str, Any]:
    if name in contracts.enums:
        enum = contracts.enums[name]
        said = [f"{value}: {comment}" for value, comment in enum.values if comment]
        text = " ".join(filter(None, [enum.comment, *said]))
        found: dict[str, Any] = {"type": "string", "enum": [value for value, _ in enum.values]}
        return found | ({"description": text} if text else {})
    message = contracts.messages[name]
    found = {"type": "object", "properties": {f.name: _property(f) for f in message.fields}}
    oneofs = sorted({f.oneof for f in message.fields if f.oneof})
    about = [f"At most one of its {oneof} fields is set." for oneof in oneofs]
    if text := " ".join(filter(None, [message.comment, *about])):
        found["description"] = text
    return found


def _property(field: Field) -> dict[str, Any]:
    found = _type(field.kind)
    if field.map_key:
        found = {"type": "object", "additionalProperties": found}
    elif field.is_repeated:
        found = {"type": "array", "items": found}
    if not field.comment:
        return found
    # Beside a $ref nothing else is read.
    return (
        {"allOf": [found], "description": field.comment}
        if "$ref" in found
        else (found | {"description": field.comment})
    )


def _type(kind: str) -> dict[str, Any]:
    if kind in WELL_KNOWN:
        return dict(WELL_KNOWN[kind])
    if kind in INTEGERS:
        return {"type": "integer", "format": kind}
    if kind in LONG_INTEGERS:
        return {"type": "string", "format": kind}
    if kind in ("double", "float"):
        return {"type": "number", "format": kind}
    if kind == "bool":
        return {"type": "boolean"}
    if kind == "bytes":
        return {"type": "string", "contentEncoding": "base64"}
    if kind == "string":
        return {"type": "string"}
    return {"$ref": f"#/components/schemas/{_short(kind)}"}


def _reachable(contracts: Contracts, names: list[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found or not (name in contracts.messages or name in contracts.enums):
            continue
        found.add(name)
        if name in contracts.messages:
            waiting += [field.kind for field in contracts.messages[name].fields]
    return found


def _id(topic: str) -> str:
    """A topic's name without what identifiers must not have."""
    return topic.replace(".", "-")


def _short(name: str) -> str:
    return name.removeprefix("contact_center.v1.")
