"""A flow file as it was written: values with the line they stand on, and what is wrong there."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches

MAX_PROBLEMS = 50
MAX_LISTED = 12


@dataclass(frozen=True, slots=True)
class Node:
    """A scalar as written, a list, or a mapping; the line of a mapping's entry is its key's."""

    line: int
    value: "str | list[Node] | dict[str, Node]"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    line: int
    message: str


class FlowInvalid(Exception):
    """The file is no flow; `problems` are sorted by line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))[:MAX_PROBLEMS]
        super().__init__("; ".join(f"line {p.line}: {p.message}" for p in self.problems))


@dataclass(frozen=True, slots=True)
class Reference:
    """A name used at a line, which must be known in the end."""

    line: int
    where: str
    name: str
    values: tuple[str, ...] = ()


@dataclass(slots=True)
class Draft:
    """What is collected while a file is read: problems, and names to be checked at the end."""

    languages: tuple[str, ...] = ("en",)
    channels: tuple[str, ...] = ()
    attributes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    targets: list[Reference] = field(default_factory=list)
    uses: list[Reference] = field(default_factory=list)
    conditions: list[Reference] = field(default_factory=list)
    attribute_values: list[Reference] = field(default_factory=list)
    # Variables that say in how many minutes somebody is called.
    minutes: list[Reference] = field(default_factory=list)
    # The values a variable can take; None: anything the customer types.
    variables: dict[str, set[str] | None] = field(default_factory=dict)
    step_lines: dict[str, int] = field(default_factory=dict)

    def wrong(self, line: int, message: str) -> None:
        self.problems.append(Problem(line, message))

    def goes_to(self, line: int, where: str, target: str) -> str:
        """Note a step that is gone to; it is looked for when all steps are read."""
        self.targets.append(Reference(line, where, target))
        return target

    def can_be(self, variable: str, values: set[str] | None) -> None:
        """Note values that a variable can take."""
        known = self.variables.setdefault(variable, set())
        self.variables[variable] = None if known is None or values is None else known | values


def would_be_right(name: str, known: Iterable[str]) -> str:
    """Return the end of a message: the nearest known name, or all of them."""
    names = sorted(map(str, known))
    close = get_close_matches(name, names, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    listed = ", ".join(names[:MAX_LISTED]) + (", …" if len(names) > MAX_LISTED else "")
    return f"known: {listed}" if names else "there is none"
