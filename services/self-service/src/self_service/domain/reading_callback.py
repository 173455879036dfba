"""Reading the step that lets a customer be called back."""

from self_service.domain.channels import SILENT
from self_service.domain.document import Draft, Node, Reference, would_be_right
from self_service.domain.fields import Fields
from self_service.domain.flow import Callback
from self_service.domain.reading_steps import MAX_PRIORITY, next_step, told
from self_service.domain.reading_values import read_attributes, read_skills
from self_service.domain.templates import TemplateInvalid, variables_of

MAX_MINUTES = 30 * 24 * 60


def read_callback(fields: Fields, step_id: str, following: str) -> Callback:
    silent = [channel for channel in fields.draft.channels if channel in SILENT]
    if silent:
        fields.wrong(f"nobody can be asked on {silent[0]} whether to be called back", "callback")
    if not fields.scalar("otherwise"):
        fields.wrong("'otherwise' is missing: the step to go to when there is no number to call")
    return Callback(
        step_id=step_id,
        queue=fields.scalar("callback"),
        priority=fields.whole("priority", 0, -MAX_PRIORITY, MAX_PRIORITY),
        skills=read_skills(fields),
        attributes=read_attributes(fields),
        number=_number(fields),
        country=_country(fields),
        in_minutes=_minutes(fields),
        goodbye=told(fields, "goodbye"),
        otherwise=next_step(fields, "", "otherwise") if fields.scalar("otherwise") else "",
    )


def check_callbacks(draft: Draft) -> None:
    """Note delays that could never be, once every variable is known."""
    for used in draft.minutes:
        values = draft.variables.get(used.name, set())
        wrong = [value for value in sorted(values or ()) if not is_delay(value)]
        if used.name not in draft.variables:
            hint = would_be_right(used.name, draft.variables)
            draft.wrong(used.line, f"{used.where}: variable {used.name!r} is never set; {hint}")
        elif wrong:
            problem = f"can be {wrong[0]!r}: must be minutes from 1 to {MAX_MINUTES}"
            draft.wrong(used.line, f"{used.where}: 'in_minutes': variable {used.name!r} {problem}")


def is_delay(text: str) -> bool:
    """Whether the text says how many minutes from now somebody can be called."""
    return text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= MAX_MINUTES


def _number(fields: Fields) -> str:
    node = fields.node("number")
    if node is None:
        return ""
    name = _variable(node)
    if not name:
        fields.wrong("'number' takes '{variable}' of a question; leave it out for where the "
                     "customer came from", "number")  # fmt: skip
        return ""
    fields.draft.uses.append(Reference(node.line, f"{fields.where}: 'number'", name))
    return str(node.value)


def _country(fields: Fields) -> str:
    country = fields.scalar("country").removeprefix("+")
    if country and not (country.isascii() and country.isdigit() and len(country) <= 3):
        fields.wrong(f"'country' is {country!r}: must be a calling code such as 49", "country")
    if country and "number" not in fields:
        fields.wrong("'country' says how to read 'number', which is missing", "country")
    return country


def _minutes(fields: Fields) -> str:
    node = fields.node("in_minutes")
    if node is None:
        return ""
    written = fields.scalar("in_minutes")
    name = _variable(node)
    if name:
        fields.draft.minutes.append(Reference(node.line, fields.where, name))
    elif written and not is_delay(written):
        problem = f"must be minutes from 1 to {MAX_MINUTES}, or '{{variable}}' of a question"
        fields.wrong(f"'in_minutes' is {written!r}: {problem}", "in_minutes")
    return written


def _variable(node: Node) -> str:
    """Return the name in '{name}', '' for anything else."""
    text = node.value if isinstance(node.value, str) else ""
    try:
        names = variables_of(text)
    except TemplateInvalid:
        return ""
    return names[0] if names and text == f"{{{names[0]}}}" else ""
