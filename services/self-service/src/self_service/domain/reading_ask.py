"""Reading a question: its choices or its free input, and what happens when no answer comes."""

from self_service.domain.channels import SPOKEN, Mode
from self_service.domain.document import Node
from self_service.domain.fields import Fields, number, scalar
from self_service.domain.flow import Ask, Choice, Text
from self_service.domain.matching import words_of
from self_service.domain.reading_steps import next_step, told
from self_service.domain.texts import is_told_in, read_text

KEYS = "0123456789*#"
INPUTS = ("digits", "text")
MAX_CHOICES = 12
MAX_DIGITS = 32
MAX_INPUT = 2000
MAX_TIMEOUT = 3600
MAX_RETRIES = 10
VOICE_TIMEOUT = 6.0
TEXT_TIMEOUT = 120.0


def read_ask(fields: Fields, step_id: str, following: str) -> Ask:
    text = told(fields, "ask")
    choices = _choices(fields, following)
    kind, max_length = _input(fields)
    _check_kind(fields, choices, kind)
    voice, written = _timeouts(fields)
    save = fields.scalar("save")
    if save and not save.isidentifier():
        fields.wrong(f"'save' is {save!r}: must be letters, digits and '_'", "save")
    if save:
        fields.draft.can_be(save, None if kind else {choice.value for choice in choices})
    for mode in _modes(fields):
        if text.variants and not is_told_in(text, mode):
            fields.wrong(f"the question has no text for {mode.value!r} channels", "ask")
    return Ask(
        step_id=step_id,
        text=text,
        choices=choices,
        reads_choices=fields.truth("read_choices", True),
        input_kind=kind,
        max_length=max_length,
        voice_timeout_seconds=voice,
        text_timeout_seconds=written,
        digit_timeout_seconds=fields.number("digit_timeout", 3, 1, 30),
        retries=fields.whole("retries", 2, 0, MAX_RETRIES),
        no_input=told(fields, "no_input"),
        no_match=told(fields, "no_match"),
        save=save,
        next="" if _all_go_elsewhere(fields, choices) else next_step(fields, following),
        otherwise=_otherwise(fields),
    )


def _otherwise(fields: Fields) -> str:
    if not fields.scalar("otherwise"):
        fields.wrong("'otherwise' is missing: the step to go to when no answer comes")
        return ""
    return next_step(fields, "", "otherwise")


def _all_go_elsewhere(fields: Fields, choices: tuple[Choice, ...]) -> bool:
    return bool(choices) and all(choice.next for choice in choices) and "next" not in fields


def _modes(fields: Fields) -> list[Mode]:
    spoken = [channel in SPOKEN for channel in fields.draft.channels]
    return [Mode.VOICE] * any(spoken) + [Mode.TEXT] * (not all(spoken))


def _check_kind(fields: Fields, choices: tuple[Choice, ...], kind: str) -> None:
    if bool(choices) == bool(kind):
        fields.wrong("a question has either 'choices' or 'input'")
    if len(choices) > MAX_CHOICES:
        fields.wrong(f"{len(choices)} choices: at most {MAX_CHOICES}", "choices")


def _input(fields: Fields) -> tuple[str, int]:
    entries = fields.entries("input")
    if not entries:
        return "", 0
    kind, node = next(iter(entries.items()))
    if len(entries) > 1 or kind not in INPUTS:
        fields.wrong("'input' is either 'digits: MAX' or 'text: MAX'", "input")
        return "digits", 1
    limit = MAX_DIGITS if kind == "digits" else MAX_INPUT
    return kind, int(number(node, f"{fields.where}: {kind!r}", 1, limit, fields.draft))


def _timeouts(fields: Fields) -> tuple[float, float]:
    node = fields.node("timeout")
    if node is None:
        return VOICE_TIMEOUT, TEXT_TIMEOUT
    if not isinstance(node.value, dict):
        seconds = fields.number("timeout", VOICE_TIMEOUT, 1, MAX_TIMEOUT)
        return seconds, seconds
    inner = Fields(node, f"{fields.where}: 'timeout'", fields.draft)
    voice = inner.number("voice", VOICE_TIMEOUT, 1, MAX_TIMEOUT)
    written = inner.number("text", TEXT_TIMEOUT, 1, MAX_TIMEOUT)
    inner.finish()
    return voice, written


def _choices(fields: Fields, following: str) -> tuple[Choice, ...]:
    choices: list[Choice] = []
    for node in fields.items("choices"):
        choice = _choice(node, fields)
        for other in choices:
            shared = _shared(choice, other)
            if shared:
                problem = f"choice {choice.value!r} has {shared} of choice {other.value!r} too"
                fields.draft.wrong(node.line, f"{fields.where}: {problem}")
        choices.append(choice)
    return tuple(choices)


def _shared(one: Choice, other: Choice) -> str:
    if one.value == other.value:
        return "the value"
    if one.digit and one.digit == other.digit:
        return f"the digit {one.digit}"
    words = set(one.words) & set(other.words)
    return f"the word {min(words)!r}" if words else ""


def _choice(node: Node, fields: Fields) -> Choice:
    choice = Fields(node, f"{fields.where}: choice", fields.draft)
    value = choice.scalar("value", required=True)
    digit = choice.scalar("digit")
    if digit and (len(digit) != 1 or digit not in KEYS):
        choice.wrong(f"'digit' is {digit!r}: must be one key of {KEYS}", "digit")
    if not digit and Mode.VOICE in _modes(fields):
        choice.wrong(f"choice {value!r} has no 'digit': a caller can only press keys")
    label = choice.node("label")
    if label is None:
        choice.wrong("'label' is missing: the name of the choice, as it is shown and spoken")
    text = read_text(label, f"{choice.where}: 'label'", fields.draft) if label else Text()
    words = tuple(
        words_of(scalar(word, choice.where, fields.draft)) for word in choice.items("words")
    )
    target = choice.scalar("next")
    if target:
        next_step(choice, "")
    choice.finish()
    return Choice(value=value, digit=digit, label=text, words=words, next=target)
