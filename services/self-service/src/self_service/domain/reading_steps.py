"""Reading the steps that ask nothing: say, branch, set, queue, end."""

from self_service.domain.channels import SILENT
from self_service.domain.document import Node, Reference
from self_service.domain.fields import Fields, items, scalar
from self_service.domain.flow import (
    Branch,
    Case,
    Condition,
    End,
    Queue,
    Say,
    Set,
    Setting,
    Text,
)
from self_service.domain.reading_values import read_attributes, read_skills
from self_service.domain.texts import EXPECTED_WAIT, note_variables, read_text

OUTCOMES = ("resolved", "message_taken")
MAX_IDENTIFY_SECONDS = 30
MAX_PRIORITY = 1000


def read_say(fields: Fields, step_id: str, following: str) -> Say:
    return Say(
        step_id=step_id,
        text=told(fields, "say"),
        is_interruptible=fields.truth("interruptible", True),
        next=next_step(fields, following),
    )


def read_branch(fields: Fields, step_id: str, following: str) -> Branch:
    cases = tuple(_case(node, fields) for node in fields.items("branch"))
    return Branch(
        step_id=step_id,
        cases=cases,
        otherwise=next_step(fields, following, "otherwise"),
        identify_within_seconds=_identify_within(fields),
    )


def read_set(fields: Fields, step_id: str, following: str) -> Set:
    node = fields.node("set")
    assert node is not None
    inner = Fields(node, fields.where, fields.draft)
    variables = [
        _variable(name, value, fields) for name, value in inner.entries("variables").items()
    ]
    attributes = read_attributes(inner)
    inner.finish()
    if not variables and not attributes:
        fields.wrong("sets nothing: give 'variables' or 'attributes'", "set")
    return Set(
        step_id=step_id,
        variables=tuple(variables),
        attributes=attributes,
        next=next_step(fields, following),
    )


def read_queue(fields: Fields, step_id: str, following: str) -> Queue:
    return Queue(
        step_id=step_id,
        queue=fields.scalar("queue"),
        priority=fields.whole("priority", 0, -MAX_PRIORITY, MAX_PRIORITY),
        skills=read_skills(fields),
        attributes=read_attributes(fields),
        identify_within_seconds=_identify_within(fields),
        while_waiting=told(fields, "while_waiting"),
        expected_wait=told(fields, EXPECTED_WAIT),
    )


def read_end(fields: Fields, step_id: str, following: str) -> End:
    return End(step_id=step_id, outcome=fields.one_of("end", OUTCOMES))


def next_step(fields: Fields, following: str, name: str = "next") -> str:
    """Return the step that is gone to: the one named, or the one that follows in the file."""
    target = fields.scalar(name) or following
    node = fields.node(name)
    if not target:
        fields.wrong(f"nothing follows: give {name!r}, or let a 'queue' or 'end' step follow")
        return ""
    return fields.draft.goes_to(node.line if node else fields.line, fields.where, target)


def told(fields: Fields, name: str) -> Text:
    """Return a text that is told to the customer, if the field is there."""
    node = fields.node(name)
    if node is None:
        return Text()
    silent = [channel for channel in fields.draft.channels if channel in SILENT]
    if silent:
        fields.wrong(
            f"nothing can be said on {silent[0]}: on such channels a flow may only "
            "branch, set and queue; use a flow of its own for others",
            name,
        )
    return read_text(node, f"{fields.where}: {name!r}", fields.draft)


def _identify_within(fields: Fields) -> float:
    return fields.number("identify_within", 0, 0, MAX_IDENTIFY_SECONDS)


def _case(node: Node, fields: Fields) -> Case:
    case = Fields(node, f"{fields.where}: case", fields.draft)
    conditions = []
    for name, values in case.entries("when").items():
        where = f"{fields.where}: {name!r}"
        allowed = tuple(scalar(v, where, fields.draft) for v in items(values, where, fields.draft))
        fields.draft.conditions.append(Reference(values.line, fields.where, name, allowed))
        conditions.append(Condition(name=name, values=allowed))
    if not conditions:
        case.wrong("'when' is missing: say which variable must have which value")
    target = case.scalar("next", required=True)
    if target:
        node_of_next = case.node("next")
        line = node_of_next.line if node_of_next else case.line
        fields.draft.goes_to(line, fields.where, target)
    case.finish()
    return Case(conditions=tuple(conditions), next=target)


def _variable(name: str, node: Node, fields: Fields) -> Setting:
    where = f"{fields.where}: variable {name!r}"
    value = scalar(node, where, fields.draft)
    note_variables(node.line, where, value, fields.draft)
    fields.draft.can_be(name, None if "{" in value else {value})
    if not name.isidentifier():
        fields.draft.wrong(node.line, f"{where}: must be letters, digits and '_'")
    return Setting(name=name, template=value)
