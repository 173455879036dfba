"""`--where`: which records are of interest."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from local_stack.errors import StackError

MAX_CONDITIONS = 20
MAX_CHARACTERS = 200
MAX_PARTS = 8
CONDITION = re.compile(
    r"\s*(?P<path>[a-z_0-9]+(?:\.[a-z_0-9]+)*)\s*(?:(?P<sign><=|>=|!=|=|<|>|~)\s*(?P<value>.*?))?\s*",
    re.IGNORECASE | re.DOTALL,
)
HELP = """FIELD, FIELD=VALUE, !=, <, <=, >, >= or ~ (contains). FIELD is the name of a field,
however deep it stands; a.b is a field b directly below a field a. An enum's value may be named by
its end: channel=chat. Several --where must all hold"""


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison; without a sign the field only has to be there."""

    path: tuple[str, ...]
    sign: str = ""
    value: str = ""

    def holds(self, content: dict[str, Any]) -> bool:
        """Whether a field of that path compares so; `!=` is the opposite of `=`."""
        found = _at(content, self.path)
        if self.sign == "!=":
            return not any(_is_equal(each, self.value) for each in found)
        if not self.sign:
            return next(found, None) is not None
        compare = SIGNS[self.sign]
        return any(compare(each, self.value) for each in found)


def conditions(expressions: list[str]) -> list[Condition]:
    """What the command line says; StackError when it cannot be understood."""
    if len(expressions) > MAX_CONDITIONS:
        raise StackError(f"more than {MAX_CONDITIONS} conditions")
    return [_parse(expression) for expression in expressions]


def _parse(expression: str) -> Condition:
    found = CONDITION.fullmatch(expression)
    if found is None or len(expression) > MAX_CHARACTERS:
        raise StackError(f"--where {expression[:MAX_CHARACTERS]!r} is not FIELD or FIELD=VALUE")
    path = tuple(found["path"].split("."))
    if len(path) > MAX_PARTS:
        raise StackError(f"--where: more than {MAX_PARTS} names in {found['path']!r}")
    return Condition(path, found["sign"] or "", found["value"] or "")


def _at(content: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """Every value that the path leads to, from any depth; lists are looked through."""
    if isinstance(content, list):
        for each in content:
            yield from _at(each, path)
    elif isinstance(content, dict):
        yield from _below(content, path)
        for each in content.values():
            yield from _at(each, path)


def _below(content: Any, path: tuple[str, ...]) -> Iterator[Any]:
    if isinstance(content, list):
        for each in content:
            yield from _below(each, path)
    elif not path:
        yield content
    elif isinstance(content, dict) and path[0] in content:
        yield from _below(content[path[0]], path[1:])


def _is_equal(found: Any, value: str) -> bool:
    text = _text(found)
    if text == value or (text.isupper() and text.endswith(f"_{value.upper()}")):
        return True
    number, other = _number(text), _number(value)
    return number is not None and number == other


def _is_below(found: Any, value: str) -> bool:
    number, other = _number(_text(found)), _number(value)
    if number is not None and other is not None:
        return number < other
    return _text(found) < value


def _text(found: Any) -> str:
    return str(found).lower() if isinstance(found, bool) else str(found)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


SIGNS: dict[str, Callable[[Any, str], bool]] = {
    "=": _is_equal,
    "<": _is_below,
    ">=": lambda found, value: not _is_below(found, value),
    "<=": lambda found, value: _is_below(found, value) or _is_equal(found, value),
    ">": lambda found, value: not (_is_below(found, value) or _is_equal(found, value)),
    "~": lambda found, value: value.lower() in _text(found).lower(),
}
