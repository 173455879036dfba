"""Lets a crowd loose on an engine: judged after every step, crashed and recovered now and then."""

import json
import random
from dataclasses import dataclass, field
from typing import Any

from router.adapters.codec import encode_step
from router.domain.deadline_of import dates
from router.domain.engine import Engine
from router.domain.record import Record, Step
from router.domain.snapshot import dump, load
from router.domain.workspace import Workspace

from .crowd import Crowd
from .judging import Judge

START = 1_700_000_000_000
CRASHES_EVERY = 400
"""Steps between crashes, on the average."""
TWIN_STEPS = 60
"""Steps that the engine from the snapshot goes beside the one that never crashed."""


@dataclass
class Said:
    """A fact of the log and its stamp."""

    stamp: int
    fact: Any


@dataclass
class Run:
    """An engine under judgement; `say` raises AssertionError when something does not hold."""

    engine: Engine = field(default_factory=lambda: Engine(Workspace("main")))
    judge: Judge = field(default_factory=Judge)
    twin: Engine | None = None
    twin_until: int = 0
    steps: int = 0

    def say(self, said: Said) -> Step:
        """One record in, one step out, judged."""
        record = record_of(said, self.steps)
        self.steps += 1
        step = self.engine.apply(record)
        self.judge.judge(step, said.fact)
        every_state_has_a_timer(self.engine.workspace)
        if self.twin is not None:
            same = encode_step(self.twin.apply(record)) == encode_step(step)
            assert same, "I8: from a snapshot"
            if self.steps >= self.twin_until:
                self._meet()
        return step

    def crash(self) -> None:
        """Go on from a snapshot, beside the engine that knows all."""
        if self.twin is None:
            state = json.loads(json.dumps(dump(self.engine.workspace)))
            self.twin, self.engine = self.engine, Engine(load(state))
            again = json.dumps(dump(self.engine.workspace))
            assert again == json.dumps(state), "I8: a snapshot of what was loaded"
            self.twin_until = self.steps + TWIN_STEPS

    def _meet(self) -> None:
        assert self.twin is not None
        states = [json.dumps(dump(e.workspace)) for e in (self.twin, self.engine)]
        assert states[0] == states[1], "I8: both know the same"
        self.twin = None


def record_of(said: Said, offset: int) -> Record:
    """The fact as a record of the log."""
    return Record(
        partition=0,
        offset=offset,
        stamp=said.stamp,
        event_id=f"e{offset}",
        event_type=type(said.fact).__name__,
        fact=said.fact,
    )


def let_loose(
    seed: int,
    steps: int,
    log: list[Said] | None = None,
    chance: random.Random | None = None,
    **how: Any,
) -> Run:
    """Drive so many steps; what was said is noted in `log` before it is tried."""
    run = Run()
    crowd = Crowd(chance or random.Random(seed), run.engine, **how)
    facts, stamp = crowd.beginning(), START
    while run.steps < steps:
        fact = facts.pop(0) if facts else crowd.next()
        stamp += crowd.gap()
        said = Said(stamp, fact)
        if log is not None:
            log.append(said)
        run.say(said)
        if is_crash(run.steps, seed):
            run.crash()
            crowd.engine = run.engine
    return run


def is_crash(steps: int, seed: int) -> bool:
    """Known from step and seed alone, so that a shrunken log crashes at the same steps."""
    return (steps * 2_654_435_761 + seed * 40_503) % CRASHES_EVERY == 0


def every_state_has_a_timer(ws: Workspace) -> None:
    """I12: the earliest deadline of all is the next to wake, and none was missed."""
    first = min((timer.due for timer in ws.deadlines()), default=None)
    assert ws.timers.next_due() == first, f"I12: {first} is not armed"
    assert first is None or first > ws.now, "I12: a deadline was missed"
    date = min((timer.due for timer in dates(ws)), default=None)
    assert ws.dates.next_due() == date, f"I12: the date {date} is not armed"
