"""A new version of the engine is switched on by a record: nothing forks before it."""

import json

import pytest

from router.adapters.codec import encode_step
from router.domain.engine import Engine
from router.domain.pool import agent_key
from router.domain.snapshot import dump, load
from router.domain.steering_facts import EngineVersionActivated
from router.domain.versions import BEHAVIOURS, NEWEST, Behaviour
from router.domain.workspace import Workspace

from ..scenario import Scenario
from .drive import Said, let_loose, record_of

STEPS = 1_200
NEXT = NEWEST + 1


def other_way_round(fit, order):
    """A changed tie-break: of two who are equal the later name comes first."""
    *first, name = agent_key(fit, order)
    return (*first, tuple(-ord(letter) for letter in name))


@pytest.fixture
def log():
    """What a crowd said to the version of today."""
    said: list[Said] = []
    let_loose(77, STEPS, said)
    return [one for one in said if not isinstance(one.fact, EngineVersionActivated)]


@pytest.fixture
def upgraded(monkeypatch):
    """The code that also knows the next version."""
    monkeypatch.setitem(BEHAVIOURS, NEXT, Behaviour(agent_key=other_way_round))


def replayed(log, engine=None, since=0):
    engine = engine or Engine(Workspace("main"))
    return [encode_step(engine.apply(record_of(said, n))) for n, said in enumerate(log, since)]


def test_nothing_forks_before_the_record_that_switches_it_on(log, monkeypatch):
    today = replayed(log)
    monkeypatch.setitem(BEHAVIOURS, NEXT, Behaviour(agent_key=other_way_round))

    assert replayed(log) == today


def test_a_log_with_both_versions_replays_from_its_start_and_from_states_of_either(log, upgraded):
    half = STEPS // 2
    both = [
        *log[:half],
        Said(log[half].stamp, EngineVersionActivated(engine_version=NEXT)),
        *log[half:],
    ]
    said = replayed(both)

    assert replayed(both) == said
    for at in (half - 50, half, half + 1, half + 50):
        engine = Engine(Workspace("main"))
        replayed(both[:at], engine)
        state = json.loads(json.dumps(dump(engine.workspace)))
        twin = Engine(load(state))
        assert twin.workspace.engine_version == (NEXT if at > half else 1)
        assert replayed(both[at:], twin, since=at) == said[at:]


def test_the_new_tie_break_counts_from_the_record_on(upgraded):
    scenario = Scenario()
    for command in ("agent ana presence=none", "agent bob presence=none"):
        scenario.obey(command)
    scenario.obey("contact c1 queue=anyone")
    told = scenario.run(
        [
            *("ana signs in", "bob signs in", "ana presence available", "bob presence available"),
            *("ana rejects c1", "bob rejects c1", "c1 leaves"),
            *("contact c2 queue=anyone", "c2 leaves", f"engine {NEXT}", "contact c3 queue=anyone"),
        ]
    )

    assert "c2 offered ana" in told
    assert told[told.index(f"engine {NEXT} active") :] == [
        *(f"engine {NEXT} active", "c3 queued anyone", "c3 offered bob")
    ]


def test_a_version_that_is_not_known_is_refused_and_changes_nothing(log):
    engine = Engine(Workspace("main"))
    replayed(log[:100], engine)
    before = dump(engine.workspace)
    unknown = Said(log[99].stamp, EngineVersionActivated(engine_version=NEXT))
    step = engine.apply(record_of(unknown, 100))

    after = dump(engine.workspace) | {"step_number": before["step_number"]}
    assert [type(d.decision).__name__ for d in step.decisions] == ["RecordRejected"]
    assert after == before
