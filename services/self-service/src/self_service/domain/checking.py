"""What must hold between the steps of a flow: targets, paths, loops, variables."""

from collections.abc import Iterable
from math import isfinite

from self_service.domain.channels import Channel
from self_service.domain.document import Draft, Reference, would_be_right
from self_service.domain.flow import Ask, Branch, Callback, End, Queue, Step
from self_service.domain.templates import variables_of
from self_service.domain.wait_phrases import WAIT

CUSTOMER = {"known", "new", "unknown"}
BUILT_IN = ("channel", "entry_point", "address", "caller_number", "customer", "tier",
            "contact_count", "language")  # fmt: skip
READ_ONLY = frozenset((*BUILT_IN, WAIT)) - {"language"}


def check(steps: tuple[Step, ...], draft: Draft) -> None:
    """Note every problem that only the whole shows."""
    for target in draft.targets:
        if target.name not in draft.step_lines:
            hint = would_be_right(target.name, draft.step_lines)
            draft.wrong(target.line, f"{target.where}: there is no step {target.name!r}; {hint}")
    if not draft.problems:
        _check_variables(draft)
    if steps and not draft.problems:
        _check_paths(steps, draft)


def targets_of(step: Step) -> tuple[str, ...]:
    """Return every step that can come after this one."""
    if isinstance(step, Ask):
        ways: Iterable[str] = (step.next, step.otherwise, *(choice.next for choice in step.choices))
    elif isinstance(step, Branch):
        ways = (step.otherwise, *(case.next for case in step.cases))
    elif isinstance(step, (Queue, End)):
        ways = ()
    else:
        ways = (step.otherwise if isinstance(step, Callback) else step.next,)
    return tuple(way for way in ways if way)


def _check_paths(steps: tuple[Step, ...], draft: Draft) -> None:
    ways = {step.step_id: targets_of(step) for step in steps}
    reached = _closure([steps[0].step_id], ways)
    back: dict[str, tuple[str, ...]] = {step.step_id: () for step in steps}
    for source, targets in ways.items():
        for target in targets:
            back[target] = (*back[target], source)
    ends = [step.step_id for step in steps if isinstance(step, (Queue, Callback, End))]
    ending = _closure(ends, back)
    unasked = {step.step_id: _ways_without_input(step) for step in steps}
    for step_id, line in draft.step_lines.items():
        if step_id not in reached:
            draft.wrong(line, f"step {step_id!r} is never reached: no step goes to it")
        elif step_id not in ending:
            draft.wrong(line, f"step {step_id!r}: no way leads to a 'queue' or 'end' step")
        elif step_id in _closure(unasked[step_id], unasked):
            loop = "comes back to itself without asking the customer anything"
            draft.wrong(line, f"step {step_id!r} {loop}: let the loop go through an 'ask'")


def _ways_without_input(step: Step) -> tuple[str, ...]:
    """On a call nobody can type text: such a question goes to `otherwise` at once."""
    if isinstance(step, Ask):
        return (step.otherwise,) if step.input_kind == "text" else ()
    return targets_of(step)


def _closure(start: Iterable[str], ways: dict[str, tuple[str, ...]]) -> set[str]:
    reached: set[str] = set()
    waiting = list(start)
    while waiting:
        step_id = waiting.pop()
        if step_id not in reached:
            reached.add(step_id)
            waiting += ways[step_id]
    return reached


def _check_variables(draft: Draft) -> None:
    known = {*BUILT_IN, *draft.variables}
    for name in sorted(READ_ONLY & set(draft.variables)):
        draft.wrong(1, f"variable {name!r} is set, but it is given: use another name")
    for use in (*draft.uses, *draft.conditions):
        if use.name not in known:
            hint = would_be_right(use.name, known)
            draft.wrong(use.line, f"{use.where}: variable {use.name!r} is never set; {hint}")
    for condition in draft.conditions:
        _check_values(condition, _possible(condition.name, draft), draft)
    _check_values(
        Reference(1, "flow", "language", tuple(sorted(draft.variables.get("language") or ()))),
        set(draft.languages),
        draft,
    )
    for value in draft.attribute_values:
        _check_attribute(value, draft)


def _possible(name: str, draft: Draft) -> set[str] | None:
    given: dict[str, set[str]] = {
        "channel": set(Channel),
        "caller_number": CUSTOMER - {"new"},
        "customer": CUSTOMER,
        "language": set(draft.languages),
    }
    return given.get(name, draft.variables.get(name))


def _check_values(used: Reference, possible: set[str] | None, draft: Draft) -> None:
    for value in used.values if possible is not None else ():
        if value not in (possible or ()):
            hint = would_be_right(value, possible or ())
            draft.wrong(used.line, f"{used.where}: {used.name!r} is never {value!r}; {hint}")


def _check_attribute(used: Reference, draft: Draft) -> None:
    if used.name not in draft.attributes:
        hint = would_be_right(used.name, draft.attributes)
        problem = f"attribute {used.name!r} is not declared in 'attributes'; {hint}"
        draft.wrong(used.line, f"{used.where}: {problem}")
        return
    template, allowed = used.values[0], set(draft.attributes[used.name])
    if variables_of(template):
        _check_attribute_variable(used, template, allowed, draft)
    elif allowed:
        _check_values(used, allowed, draft)
    elif not _is_number(template):
        draft.wrong(used.line, f"{used.where}: attribute {used.name!r} must be a number")


def _check_attribute_variable(
    used: Reference, template: str, allowed: set[str], draft: Draft
) -> None:
    """What customers type may be personal; so only values that the file lists may go out."""
    name = template.strip("{}")
    values = _possible(name, draft)
    if template != f"{{{name}}}" or values is None:
        problem = "takes a fixed value, or '{variable}' of a question with choices"
        draft.wrong(used.line, f"{used.where}: attribute {used.name!r} {problem}")
        return
    going_out = Reference(used.line, used.where, used.name, tuple(sorted(values)))
    _check_values(going_out, allowed or {v for v in values if _is_number(v)}, draft)


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False
