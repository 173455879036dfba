"""Reading a whole flow file: its head, its steps, and then what holds between them."""

from collections.abc import Callable

from self_service.domain import reading_ask, reading_callback, reading_steps
from self_service.domain.channels import SPOKEN, WRITTEN, Channel
from self_service.domain.checking import check
from self_service.domain.document import Draft, FlowInvalid, Node, would_be_right
from self_service.domain.fields import NAME, NAME_RULE, Fields, items, scalar
from self_service.domain.flow import Flow, Step

MAX_STEPS = 300
NUMBER = "number"
READERS: dict[str, Callable[[Fields, str, str], Step]] = {
    "say": reading_steps.read_say,
    "ask": reading_ask.read_ask,
    "branch": reading_steps.read_branch,
    "set": reading_steps.read_set,
    "queue": reading_steps.read_queue,
    "callback": reading_callback.read_callback,
    "end": reading_steps.read_end,
}


def read_flow(document: Node, name: str) -> Flow:
    """Return the flow of the file `<name>.yaml`; raises FlowInvalid with all that is wrong."""
    draft = Draft()
    fields = Fields(document, "flow", draft)
    written = fields.name("flow", required=True)
    if written and written != name:
        fields.wrong(f"is named {written!r}, but its file {name!r}: use one name", "flow")
    draft.languages = _languages(fields)
    draft.channels = _channels(fields)
    draft.attributes = _attributes(fields)
    steps = _steps(fields)
    fields.finish()
    reading_callback.check_callbacks(draft)
    check(steps, draft)
    if draft.problems:
        raise FlowInvalid(draft.problems)
    return Flow(name=name, channels=draft.channels, languages=draft.languages, steps=steps)


def _languages(fields: Fields) -> tuple[str, ...]:
    written = fields.items("languages")
    languages = [scalar(node, "flow: 'languages'", fields.draft) for node in written]
    if len(set(languages)) != len(languages):
        fields.wrong("a language stands there twice", "languages")
    return tuple(languages) or ("en",)


def _channels(fields: Fields) -> tuple[str, ...]:
    nodes = fields.items("channels")
    chosen = [scalar(node, "flow: 'channels'", fields.draft) for node in nodes]
    for node, channel in zip(nodes, chosen, strict=True):
        if channel not in set(Channel):
            hint = would_be_right(channel, Channel)
            fields.draft.wrong(node.line, f"flow: unknown channel {channel!r}; {hint}")
    return tuple(chosen) or tuple(sorted(SPOKEN | WRITTEN))


def _attributes(fields: Fields) -> dict[str, tuple[str, ...]]:
    """The attributes as the policy declares them: allowed values, or none for a number."""
    declared = {}
    for name, node in fields.entries("attributes").items():
        where = f"attribute {name!r}"
        written = items(node, where, fields.draft)
        values = tuple(scalar(item, where, fields.draft) for item in written)
        declared[name] = () if values == (NUMBER,) else values
    return declared


def _steps(fields: Fields) -> tuple[Step, ...]:
    nodes = fields.items("steps")
    draft = fields.draft
    if not nodes:
        fields.wrong("'steps' is missing: a flow has at least one step", "steps")
    if len(nodes) > MAX_STEPS:
        fields.wrong(f"{len(nodes)} steps: at most {MAX_STEPS}", "steps")
        return ()
    ids = [_step_id(node, draft) for node in nodes]
    following = [*ids, ""][1:]
    read = [_step(*written, draft) for written in zip(nodes, ids, following, strict=True)]
    return tuple(step for step in read if step is not None)


def _step_id(node: Node, draft: Draft) -> str:
    entry = node.value.get("id") if isinstance(node.value, dict) else None
    if entry is None:
        draft.wrong(node.line, "a step without 'id'")
        return ""
    step_id = scalar(entry, "step: 'id'", draft)
    if step_id and not NAME.fullmatch(step_id):
        draft.wrong(entry.line, f"step 'id' is {step_id!r}: must be {NAME_RULE}")
    if step_id in draft.step_lines:
        first = draft.step_lines[step_id]
        draft.wrong(entry.line, f"step {step_id!r} stands already at line {first}: ids are unique")
    draft.step_lines.setdefault(step_id, entry.line)
    return step_id


def _step(node: Node, step_id: str, following: str, draft: Draft) -> Step | None:
    if not step_id or not isinstance(node.value, dict):
        return None
    fields = Fields(node, f"step {step_id!r}", draft)
    fields.node("id")
    # A queue step has no 'say' of its own: each step has exactly one of these fields.
    kinds = [kind for kind in READERS if kind in fields]
    if len(kinds) != 1:
        what = " and ".join(map(repr, kinds)) or "none"
        fields.wrong(f"must have exactly one of {', '.join(READERS)}; it has {what}")
        return None
    step = READERS[kinds[0]](fields, step_id, following)
    fields.finish()
    return step
