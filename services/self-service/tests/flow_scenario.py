"""Flows told as text: what the customer does, and what is told and done then.

Above the dashes: `voice`, `chat` … and the entry point, then `key 1`, `types hello`, `waits`
(for the deadline), `silent` (the channel says that nothing was typed), `known`, `new`,
`wait 120 300` (the router estimates so many seconds), `placed` (the router queued it).
Below: what comes of it, one line per effect.
"""

import shlex
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from self_service.adapters.flow_file import parse_flow
from self_service.domain import inputs
from self_service.domain.channels import Channel
from self_service.domain.effects import (
    AskAloud,
    CloseChannel,
    Effect,
    Finish,
    PlayMusic,
    RequestCallback,
    RequestQueue,
    Speak,
    Write,
)
from self_service.domain.flow import Flow
from self_service.domain.interpreter import advance, start
from self_service.domain.state import Contact, Customer, FlowState, Recognition

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def a_flow(text: str, name: str = "test") -> Flow:
    return parse_flow(text.encode(), name)


def a_contact(channel: str = "chat", entry_point: str = "web") -> Contact:
    return Contact(
        workspace="main",
        contact_id="c1",
        conversation_id="v1",
        channel=Channel(channel),
        entry_point=entry_point,
        key_id="k1",
        address=f"{entry_point}@cc.test" if channel == "email" else entry_point,
    )


@dataclass
class Scenario:
    """Runs a story against a flow and tells what came of it in the same words."""

    flow: Flow
    now: datetime = NOON
    state: FlowState | None = None
    effects: list[Effect] = field(default_factory=list)
    has_number: bool = False

    def play(self, story: str) -> None:
        """Check every part of the story; the parts stand apart by an empty line."""
        for part in story.strip().split("\n\n"):
            doing, _, expected = part.partition("----")
            told = [line for act in _lines(doing) for line in self.act(act)]
            assert told == _lines(expected), f"after {_lines(doing)}: {told}"

    def act(self, line: str) -> list[str]:
        word, _, rest = line.partition(" ")
        caused = self._begin(word, rest) if self.state is None else self._go_on(word, rest)
        self.effects += caused
        return [_as_text(effect) for effect in caused]

    def _begin(self, channel: str, entry_point: str) -> tuple[Effect, ...]:
        contact = a_contact(channel, entry_point or "web")
        contact = replace(contact, has_number=self.has_number)
        self.state, effects = start(self.flow, "v", contact, self.now)
        return effects

    def _go_on(self, word: str, rest: str) -> tuple[Effect, ...]:
        assert self.state is not None
        if word == "waits":
            assert self.state.deadline_at is not None, "nothing is waited for"
            self.now = max(self.now, self.state.deadline_at)
        else:
            self.now += timedelta(seconds=1)
        self.state, effects = advance(self.flow, self.state, self._input(word, rest), self.now)
        return effects

    def _input(self, word: str, rest: str) -> inputs.Input:
        assert self.state is not None
        if word == "waits":
            return inputs.DeadlinePassed()
        if word == "types":
            return inputs.Wrote(text=rest)
        if word == "key":
            return inputs.Typed(digits=rest, question_id=self.state.question_id)
        if word == "wait":
            low, high = rest.split()
            return inputs.Estimated(low_seconds=float(low), high_seconds=float(high))
        if word == "placed":
            return inputs.Placed()
        if word == "silent":
            return inputs.Missed(question_id=self.state.question_id)
        customer = Customer(recognition=Recognition(word))
        for pair in shlex.split(rest):
            name, _, value = pair.partition("=")
            customer = replace(customer, **{name: int(value) if value.isdigit() else value})
        return inputs.Identified(customer=customer)


def _lines(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def _as_text(effect: Effect) -> str:
    if isinstance(effect, Write):
        labels = " ".join(f"[{option.label}]" for option in effect.options)
        kind = "notice" if effect.is_notice else "writes"
        return f"{kind}: {effect.text} {labels}".strip().replace("\n", " / ")
    if isinstance(effect, Speak):
        return f"speaks: {effect.text}"
    if isinstance(effect, AskAloud):
        return f"asks ({effect.max_digits}{effect.terminator}): {effect.text}"
    if isinstance(effect, RequestQueue):
        return _request_as_text(effect)
    if isinstance(effect, RequestCallback):
        at = f" at {effect.at:%H:%M}" if effect.at else ""
        return f"calls back {effect.number or 'where they came from'}{at}"
    if isinstance(effect, PlayMusic):
        return "music"
    if isinstance(effect, Finish):
        return f"finished {effect.outcome}"
    assert isinstance(effect, CloseChannel)
    return "closes the channel"


def _request_as_text(request: RequestQueue) -> str:
    words = [f"queue {request.queue}"]
    words += [f"priority={request.priority}"] * bool(request.priority)
    words += [f"{skill.name}>={skill.level}" for skill in request.skills]
    words += [f"{given.name}={given.template}" for given in request.attributes]
    words += ["customer unknown"] * request.is_customer_unknown
    return " ".join(words)
