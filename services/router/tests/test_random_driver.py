"""Whatever a crowd does, the invariants hold after each step, and a replay says the same bytes."""

import json

import pytest

from router.adapters.codec import encode_step
from router.domain.engine import Engine
from router.domain.snapshot import dump, load
from router.domain.workspace import Workspace

from .driver import Crowd
from .oracle import Oracle
from .workspaces import Log

STEPS = 5_000


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_the_invariants_hold_whatever_happens(seed):
    log, oracle = Log(), Oracle()
    crowd = Crowd(seed, log.engine)
    twin: Engine | None = None
    said = []
    facts = crowd.beginning()
    print(f"seed {seed}")
    while len(log.steps) < STEPS:
        fact = facts.pop(0) if facts else crowd.next()
        step = log.say(fact, after=crowd.gap())
        said.append(encode_step(step))
        oracle.judge(step, fact)
        _every_state_has_a_timer(log.engine.workspace)
        if twin is not None:
            assert encode_step(twin.apply(log.records[-1])) == said[-1], "I8: from a snapshot"
        if len(log.steps) % 500 == 250:
            state = json.loads(json.dumps(dump(log.engine.workspace)))
            twin = Engine(load(state))
            assert json.dumps(dump(twin.workspace)) == json.dumps(state)
    assert oracle.offers_made > STEPS / 50
    again = Engine(Workspace("main"))
    assert [encode_step(again.apply(record)) for record in log.records] == said, (
        "I8: from the start"
    )


def _every_state_has_a_timer(ws: Workspace) -> None:
    armed = set(ws.timers.armed())
    for timer in ws.deadlines():
        assert timer.due > ws.now, f"I12: {timer}"
        is_armed = timer in armed or any(
            (other.kind, other.id) == (timer.kind, timer.id) and other.due < timer.due
            for other in armed
        )
        assert is_armed, f"I12: {timer} is not armed"
