"""What the policy says of one queue: needs, rings, order, and the exits of who cannot stay."""

from dataclasses import dataclass
from enum import StrEnum

from router.domain.values import NO_NEEDS, Needs

Value = str | float
"""Of a contact's attribute: one of a few words, or a number."""


class AgentOrder(StrEnum):
    LONGEST_IDLE = "longest_idle"
    BEST_SKILL = "best_skill"
    LEAST_LOADED = "least_loaded"
    ROUND_ROBIN = "round_robin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """From `after_seconds` of the visit on, these needs instead of the queue's own.

    The skills in `without` count no longer, even if the contact asked for them.
    """

    after_seconds: float
    needs: Needs = NO_NEEDS
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ageing:
    """Priority rises by `step` with each whole interval waited, by `most` altogether."""

    every_seconds: float
    step: int = 1
    most: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """To a queue, to a flow, or away: ejected."""

    queue: str = ""
    flow: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Holds when the attribute has one of the values, or lies within the bounds."""

    attribute: str
    values: tuple[str, ...] = ()
    at_least: float | None = None
    at_most: float | None = None

    def holds(self, attributes: dict[str, Value]) -> bool:
        """Tell whether a contact with these attributes meets it; a missing one never does."""
        value = attributes.get(self.attribute)
        if value is None:
            return False
        if isinstance(value, str):
            return value in self.values
        return (self.at_least is None or value >= self.at_least) and (
            self.at_most is None or value <= self.at_most
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """All conditions together bring these needs and this priority."""

    when: tuple[Condition, ...]
    needs: Needs = NO_NEEDS
    priority: int = 0

    def holds(self, attributes: dict[str, Value]) -> bool:
        """Tell whether it counts for a contact with these attributes."""
        return all(condition.holds(attributes) for condition in self.when)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferred:
    """The preferred agent comes first, alone, for so long; perhaps one contact above capacity."""

    seconds: float
    is_over_capacity: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """An exit that is None ejects; `on_nobody` None: the contact waits though nobody is there."""

    name: str
    requirements: Needs = NO_NEEDS
    target_seconds: float = 20.0
    target_share: float = 0.8
    short_abandon_seconds: float = 5.0
    rings: tuple[Ring, ...] = ()
    ageing: Ageing | None = None
    order: AgentOrder = AgentOrder.LONGEST_IDLE
    offer_to: int = 1
    preferred: Preferred | None = None
    schedule: str = ""
    on_closed: Exit | None = None
    max_waiting: int = 0
    on_full: Exit | None = None
    overflow_seconds: float = 0.0
    on_overflow: Exit | None = None
    on_nobody: Exit | None = None
    rules: tuple[Rule, ...] = ()
