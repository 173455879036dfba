"""A flow as it runs: steps that name the step after them, checked before."""

from dataclasses import dataclass

from self_service.domain.flow_texts import Text as Text
from self_service.domain.flow_texts import Variant as Variant


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    step_id: str
    text: Text
    is_interruptible: bool
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    value: str
    digit: str
    label: Text
    words: tuple[str, ...]
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question: with choices, or with a free input of `input_kind` ("digits" or "text")."""

    step_id: str
    text: Text
    choices: tuple[Choice, ...]
    reads_choices: bool
    input_kind: str
    max_length: int
    voice_timeout_seconds: float
    text_timeout_seconds: float
    digit_timeout_seconds: float
    retries: int
    no_input: Text
    no_match: Text
    save: str
    next: str
    otherwise: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All conditions must hold; each holds when the variable has one of its values."""

    conditions: tuple[Condition, ...]
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    step_id: str
    cases: tuple[Case, ...]
    otherwise: str
    identify_within_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    name: str
    template: str
    is_number: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Set:
    step_id: str
    variables: tuple[Setting, ...]
    attributes: tuple[Setting, ...]
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    name: str
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    step_id: str
    queue: str
    priority: int
    skills: tuple[Skill, ...]
    attributes: tuple[Setting, ...]
    identify_within_seconds: float
    while_waiting: Text
    # Told when the router estimates the wait; may hold {wait}.
    expected_wait: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """The place in a queue is kept, and the customer is called."""

    step_id: str
    queue: str
    priority: int
    skills: tuple[Skill, ...]
    attributes: tuple[Setting, ...]
    # What was typed; empty: where the customer came from.
    number: str
    country: str
    # From now; empty: when it is their turn.
    in_minutes: str
    goodbye: Text
    otherwise: str


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    step_id: str
    outcome: str


Step = Say | Ask | Branch | Set | Queue | Callback | End


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    name: str
    channels: tuple[str, ...]
    languages: tuple[str, ...]
    steps: tuple[Step, ...]

    def step(self, step_id: str) -> Step:
        return next(step for step in self.steps if step.step_id == step_id)

    @property
    def first(self) -> str:
        return self.steps[0].step_id
