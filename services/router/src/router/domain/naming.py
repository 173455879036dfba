"""Names and numbers that people give, and what they may have meant."""

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from itertools import islice

from router.domain.steering_decisions import PolicyError

NAME = re.compile(r"[A-Za-z0-9+][A-Za-z0-9_.+@-]{0,127}")
NAME_RULE = "letters, digits and _ . + @ -, at most 128"
MOST = 1_000
"""How many of a kind a policy may have."""
MOST_ERRORS, MOST_TEXT = 100, 300
"""How much is told of what is wrong."""

LONGEST = 30 * 86_400.0
"""Seconds that any deadline may take."""
MOST_PRIORITY = 1_000


def within(path: str, value: float, least: float, most: float) -> Iterator[PolicyError]:
    """Yield what is wrong with a number that must lie within these bounds."""
    if not least <= value <= most:
        name = path.rpartition(".")[2]
        yield PolicyError(path, f"{name} {value:g} is not from {least:g} to {most:g}")


def unknown(what: str, kind: str, name: str, known: Iterable[str]) -> str:
    """Say that `what` names something unknown, and what it may have meant."""
    names = sorted(known)
    close = get_close_matches(name, names, n=1, cutoff=0.6)
    hint = f"did you mean {close[0]!r}?" if close else _known(kind, names)
    return f"{what} unknown {kind} {name!r}; {hint}"


def bounded(errors: Iterable[PolicyError]) -> tuple[PolicyError, ...]:
    """Return what of the errors is told, whatever was proposed."""
    return tuple(
        PolicyError(error.path[:MOST_TEXT], error.message[:MOST_TEXT])
        for error in islice(errors, MOST_ERRORS)
    )


def name_errors(path: str, kind: str, names: list[str], at: str = ".name") -> Iterator[PolicyError]:
    """Yield what is wrong with the names of one kind: badly formed, twice, too many."""
    if len(names) > MOST:
        yield PolicyError(path, f"there are {len(names)}; at most {MOST} are allowed")
    first: dict[str, int] = {}
    for index, name in enumerate(names[:MOST]):
        where = f"{path}[{index}]{at}"
        if not NAME.fullmatch(name):
            yield PolicyError(where, f"{kind} {name[:128]!r} is no name; use {NAME_RULE}")
        elif name in first:
            message = f"{kind} {name!r} is there already, at {path}[{first[name]}]"
            yield PolicyError(where, message)
        first.setdefault(name, index)


def _known(kind: str, names: list[str]) -> str:
    if not names:
        return f"no {kind} is declared"
    shown = ", ".join(repr(name) for name in names[:10])
    return f"known: {shown}" + (" …" if len(names) > 10 else "")
