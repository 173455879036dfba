"""Questions: how they are asked, which answer was given, and what happens without one."""

from dataclasses import replace
from datetime import datetime, timedelta

from self_service.domain import matching, telling
from self_service.domain.channels import WITH_BUTTONS, Mode
from self_service.domain.effects import AskAloud, Effect, Option, Write
from self_service.domain.flow import Ask, Choice, Flow, Text
from self_service.domain.inputs import Input, Missed, Typed, Wrote
from self_service.domain.phrases import keys_aloud, keys_written
from self_service.domain.state import Awaiting, FlowState
from self_service.domain.telling import Change, effect_id, languages_of, rendered

# The channel says when a caller typed nothing; should it never, the flow goes on by itself.
SILENCE_SECONDS = 60.0
SPOKEN_CHARACTERS_PER_SECOND = 8.0


def ask(
    flow: Flow, question: Ask, state: FlowState, now: datetime, before: Text | None = None
) -> Change:
    """Ask, and wait for the answer; `before` is told in the same breath."""
    if question.input_kind == "text" and state.contact.mode is Mode.VOICE:
        return state.go_to(question.otherwise), ()
    told = [rendered(flow, state, before or Text()), rendered(flow, state, question.text)]
    if state.contact.mode is Mode.VOICE:
        return _ask_aloud(flow, question, state, now, " ".join(filter(None, told)))
    return _ask_in_writing(flow, question, state, now, "\n".join(filter(None, told)))


def answer(flow: Flow, question: Ask, state: FlowState, event: Input, now: datetime) -> Change:
    """Take what came: an answer, something else, or nothing in time."""
    if isinstance(event, (Typed, Missed)) and event.question_id != state.question_id:
        return state, ()
    if not _given(event):
        return _again(flow, question, state, now, question.no_input)
    found = understood(question, event)
    if found is None:
        return _again(flow, question, state, now, question.no_match)
    value, target = found
    if question.save:
        state = replace(state, variables={**state.variables, question.save: value})
    return state.go_to(target), ()


def understood(question: Ask, event: Input) -> tuple[str, str] | None:
    """Return the value of the answer and the step that follows; None when it is no answer."""
    given = _given(event)
    if not question.choices:
        value = matching.free_input(question, given)
        return (value, question.next) if value else None
    find = matching.chosen_by_key if isinstance(event, Typed) else matching.chosen_by_text
    choice = find(question, given)
    return (choice.value, choice.next or question.next) if choice else None


def _given(event: Input) -> str:
    if isinstance(event, Wrote):
        return event.text.strip()
    return event.digits if isinstance(event, Typed) else ""


def _again(flow: Flow, question: Ask, state: FlowState, now: datetime, why: Text) -> Change:
    if state.tries > question.retries:
        return state.go_to(question.otherwise), ()
    return ask(flow, question, state, now, before=why)


def _ask_aloud(flow: Flow, question: Ask, state: FlowState, now: datetime, text: str) -> Change:
    if question.choices and question.reads_choices:
        spoken = [(_label(flow, state, choice), choice.digit) for choice in question.choices]
        text = f"{text} {keys_aloud(languages_of(flow, state)[0], spoken)}"
    is_free = question.input_kind == "digits"
    asked = AskAloud(
        effect_id=effect_id(state),
        text=text,
        max_digits=question.max_length if is_free else 1,
        terminator="#" if is_free else "",
        timeout_seconds=question.voice_timeout_seconds,
        digit_timeout_seconds=question.digit_timeout_seconds,
    )
    seconds = SILENCE_SECONDS + len(text) / SPOKEN_CHARACTERS_PER_SECOND
    seconds += question.voice_timeout_seconds
    seconds += asked.max_digits * question.digit_timeout_seconds
    return _wait(state, asked, now, seconds)


def _ask_in_writing(
    flow: Flow, question: Ask, state: FlowState, now: datetime, text: str
) -> Change:
    options = tuple(
        Option(value=choice.value, label=_label(flow, state, choice)) for choice in question.choices
    )
    if options and state.contact.channel not in WITH_BUTTONS:
        text = f"{text}\n{keys_written([(o.label, c.digit) for o, c in _pairs(options, question)])}"
    asked = Write(effect_id=effect_id(state), text=text, options=options)
    return _wait(state, asked, now, question.text_timeout_seconds)


def _pairs(options: tuple[Option, ...], question: Ask) -> list[tuple[Option, Choice]]:
    return list(zip(options, question.choices, strict=True))


def _label(flow: Flow, state: FlowState, choice: Choice) -> str:
    return rendered(flow, state, choice.label)


def _wait(state: FlowState, asked: AskAloud | Write, now: datetime, seconds: float) -> Change:
    effects: tuple[Effect, ...] = (asked,)
    state = replace(
        telling.counted(state),
        awaiting=Awaiting.ANSWER,
        tries=state.tries + 1,
        question_id=asked.effect_id,
        deadline_at=now + timedelta(seconds=seconds),
    )
    return state, effects
