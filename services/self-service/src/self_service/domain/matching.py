"""Which choice a customer means by what was typed."""

import re
import unicodedata

from self_service.domain.flow import Ask, Choice

NO_WORD = re.compile(r"[^\w*#]+")
DIGITS_ONLY = re.compile(r"[0-9]+")
BETWEEN_DIGITS = re.compile(r"[\s./-]+")


def words_of(text: str) -> str:
    """Return the words without case, accents and punctuation, one blank between them."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in folded if not unicodedata.combining(char))
    return NO_WORD.sub(" ", bare).strip()


def chosen_by_key(question: Ask, key: str) -> Choice | None:
    """Return the choice of that key of the phone."""
    return next((choice for choice in question.choices if choice.digit == key), None)


def chosen_by_text(question: Ask, text: str) -> Choice | None:
    """Return the choice that is meant: named whole, or the only one that is mentioned."""
    said = words_of(text)
    if not said:
        return None
    for choice in question.choices:
        if said == choice.digit or said in _names(choice):
            return choice
    mentioned = [choice for choice in question.choices if _is_mentioned(choice, said)]
    return mentioned[0] if len(mentioned) == 1 else None


def free_input(question: Ask, text: str) -> str:
    """Return what the customer gave, '' when it is not of the kind that was asked for."""
    if question.input_kind == "text":
        return text.strip()[: question.max_length]
    digits = BETWEEN_DIGITS.sub("", text)
    fits = DIGITS_ONLY.fullmatch(digits) and len(digits) <= question.max_length
    return digits if fits else ""


def _names(choice: Choice) -> set[str]:
    labels = {words_of(variant.template) for variant in choice.label.variants}
    return {words_of(choice.value), *labels, *choice.words} - {""}


def _is_mentioned(choice: Choice, said: str) -> bool:
    return any(f" {name} " in f" {said} " for name in _names(choice))
