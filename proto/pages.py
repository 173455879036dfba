"""A page for each topic, out of the register and the contracts."""

from typing import Any

from asyncapi import HEADERS
from contracts import Contracts, Field, Message

PACKAGE = "contact_center.v1."
MADE = "<!-- Made by `make proto` from proto/topics.yaml and the contracts: do not edit. -->\n"
SAYS_STAMPS = {
    "log": "the broker's, when the record was appended (LogAppendTime)",
    "producer": "the writer's, when it was sent (CreateTime)",
}


def index(register: dict[str, Any]) -> str:
    """The table of all topics."""
    rows = [
        f"| [`{t['name']}`]({t['name']}.md) | {t['key']} | `{_short(t['message'])}` | "
        f"{', '.join(t['writers'])} | {t['says']} |"
        for t in register["topics"]
    ]
    dead = register["dead_letters"]
    lines = [
        MADE,
        "# Topics",
        "",
        "Open to every data team: protobuf values, CloudEvents headers, one page each, and",
        "[`asyncapi.json`](asyncapi.json) (AsyncAPI 3) for tools. What may be relied on:",
        "[guarantees](guarantees.md). How to read them with `tap`, kcat, quixstreams, DuckDB and",
        "Flink: [reading](reading.md). What is inside the messages: [types](types.md).",
        "",
        "| topic | key | message | writers | says |",
        "| --- | --- | --- | --- | --- |",
        *rows,
        f"| `{dead['name']}` | the record's | its bytes | the service | {dead['says']} |",
        "",
        f"Topics have {register['partitions']['production']} partitions in production and"
        f" {register['partitions']['local']} locally; the count never changes.",
        "",
        "## Dead letters",
        "",
        "| topic | kept |",
        "| --- | --- |",
        *(
            f"| `{topic}.dlq.{service}` | {dead['retention_hours']} hours |"
            for topic, services in dead["services"].items()
            for service in services
        ),
    ]
    return "\n".join(lines) + "\n"


def topic_page(topic: dict[str, Any], contracts: Contracts) -> str:
    """All about one topic."""
    envelope = contracts.messages[topic["message"]]
    compact = topic.get("retention") == "compact"
    kept = "the newest of each key, for ever" if compact else f"{topic['retention_hours']} hours"
    lines = [
        MADE,
        f"# {topic['name']}",
        "",
        topic["says"],
        "",
        "| | |",
        "| --- | --- |",
        f"| key | {topic['key']}: records of one are in one partition, in order |",
        f"| value | `{topic['message']}` (protobuf) |",
        f"| writers | {', '.join(topic['writers'])} |",
        f"| readers | {', '.join(topic['readers'])} |",
        f"| time stamp | {SAYS_STAMPS[topic['stamps']]} |",
        f"| kept | {kept} |",
        "",
        f"    contact-center tap {topic['name']} --from 15m",
        "",
        "## Headers",
        "",
        "| header | says |",
        "| --- | --- |",
        *(f"| `{name}` | {says} |" for name, says in HEADERS.items()),
        "",
        f"## {_short(envelope.name)}",
        "",
        *_table(envelope, without_oneof=True),
    ]
    for said in _said(envelope, contracts):
        lines += ["", f"### {_short(said.name)}", ""]
        lines += [said.comment, ""] if said.comment else []
        lines += _table(said) if said.fields else ["Nothing but that it happened."]
    return "\n".join(lines) + "\n"


def types(register: dict[str, Any], contracts: Contracts) -> str:
    """What the messages of all topics are made of."""
    on_pages = set()
    waiting = []
    for topic in register["topics"]:
        envelope = contracts.messages[topic["message"]]
        shown = [envelope, *_said(envelope, contracts)]
        on_pages |= {message.name for message in shown}
        waiting += [field.kind for message in shown for field in message.fields]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found and name.startswith(PACKAGE):
            found.add(name)
            if name in contracts.messages:
                waiting += [field.kind for field in contracts.messages[name].fields]
    lines = [MADE, "# Types", "", "What the messages of the topics are made of."]
    for name in sorted(found - on_pages):
        lines += ["", f"## {_short(name)}", ""]
        if name in contracts.messages:
            message = contracts.messages[name]
            lines += [message.comment, ""] if message.comment else []
            lines += _table(message) if message.fields else ["No fields."]
        else:
            enum = contracts.enums[name]
            lines += [enum.comment, ""] if enum.comment else []
            lines += ["| value | |", "| --- | --- |"]
            lines += [f"| `{value}` | {_cell(comment)} |" for value, comment in enum.values]
    return "\n".join(lines) + "\n"


def _said(envelope: Message, contracts: Contracts) -> list[Message]:
    """The facts of an envelope, or the decisions of a step, in the order of their numbers."""
    holders = [envelope] + [
        contracts.messages[field.kind]
        for field in envelope.fields
        if field.name == "decisions" and field.kind in contracts.messages
    ]
    return [
        contracts.messages[field.kind]
        for holder in holders
        for field in sorted(holder.fields, key=lambda field: field.number)
        if field.oneof and field.kind in contracts.messages
    ]


def _table(message: Message, *, without_oneof: bool = False) -> list[str]:
    rows = [
        f"| `{field.name}` | {_kind(field)} | {_cell(field.comment)} |"
        for field in message.fields
        if not (without_oneof and field.oneof)
    ]
    oneofs = {field.oneof: None for field in message.fields if field.oneof} if without_oneof else {}
    rows += [f"| one {oneof} | below | |" for oneof in oneofs]
    return ["| field | type | |", "| --- | --- | --- |", *rows]


def _kind(field: Field) -> str:
    name = f"`{_short(field.kind)}`" if field.kind.startswith(PACKAGE) else field.kind
    name = name.removeprefix("google.protobuf.")
    if field.map_key:
        return f"map of {field.map_key} to {name}"
    return f"list of {name}" if field.is_repeated else name


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _short(name: str) -> str:
    return name.removeprefix(PACKAGE)
