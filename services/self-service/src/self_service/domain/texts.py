"""Reading what is told: one text, or one per language and per mode."""

from self_service.domain.channels import Mode
from self_service.domain.document import Draft, Node, Reference, would_be_right
from self_service.domain.fields import scalar
from self_service.domain.flow import Text, Variant
from self_service.domain.templates import TemplateInvalid, variables_of
from self_service.domain.wait_phrases import WAIT

MAX_TEXT = 2000
EXPECTED_WAIT = "expected_wait"
MODES = (Mode.VOICE.value, Mode.TEXT.value)


def read_text(node: Node, where: str, draft: Draft) -> Text:
    """Return the text; the default language must be there in each mode that is written."""
    variants = tuple(_variants(node, where, draft, mode="", language=""))
    told = {(v.mode, v.language) for v in variants}
    default = draft.languages[0]
    for mode in sorted({v.mode for v in variants}):
        if (mode, default) not in told and ("", default) not in told:
            draft.wrong(node.line, f"{where}: no text in {default!r}, the flow's first language")
    return Text(variants)


def is_told_in(text: Text, mode: Mode) -> bool:
    """Whether anything is told to customers of that mode."""
    return any(v.mode in (mode, Mode.ANY) for v in text.variants)


def _variants(node: Node, where: str, draft: Draft, *, mode: str, language: str) -> list[Variant]:
    if not isinstance(node.value, dict):
        template = _template(node, where, draft)
        return [Variant(mode=mode, language=language or draft.languages[0], template=template)]
    variants: list[Variant] = []
    for key, inner in node.value.items():
        if key in MODES and not mode:
            variants += _variants(inner, where, draft, mode=key, language=language)
        elif key in draft.languages and not language:
            variants += _variants(inner, where, draft, mode=mode, language=key)
        else:
            draft.wrong(
                inner.line, f"{where}: {key!r} is no language of this flow; {_hint(key, draft)}"
            )
    return variants


def _hint(key: str, draft: Draft) -> str:
    return would_be_right(key, (*draft.languages, *MODES))


def _template(node: Node, where: str, draft: Draft) -> str:
    template = scalar(node, where, draft)
    if len(template) > MAX_TEXT:
        draft.wrong(node.line, f"{where} has {len(template)} characters: at most {MAX_TEXT}")
    note_variables(node.line, where, template, draft)
    return template.strip()


def note_variables(line: int, where: str, template: str, draft: Draft) -> None:
    """Note which variables are used, to be checked when all steps are read."""
    try:
        used = variables_of(template)
    except TemplateInvalid as error:
        draft.wrong(line, f"{where}: {error}")
        return
    if WAIT in used and not where.endswith(repr(EXPECTED_WAIT)):
        draft.wrong(line, f"{where}: {{{WAIT}}} is known in {EXPECTED_WAIT!r} only")
    draft.uses += [Reference(line, where, name) for name in used if name != WAIT]
