"""What can move a flow on."""

from dataclasses import dataclass

from self_service.domain.state import Customer


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrote:
    """The customer wrote a text."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The caller pressed keys to answer a question."""

    digits: str
    question_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """The caller pressed nothing in time."""

    question_id: str


@dataclass(frozen=True, slots=True)
class DeadlinePassed:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    customer: Customer


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimated:
    """The router says how long the wait will be."""

    low_seconds: float
    high_seconds: float


@dataclass(frozen=True, slots=True)
class Placed:
    """The contact has its place in a queue."""


Input = Wrote | Typed | Missed | DeadlinePassed | Identified | Estimated | Placed
