"""The judge of a run sees what it is there for, without a run."""

from services.router.tests.scenario import Scenario

from router.adapters.codec import decode
from router.domain.engine import Engine
from router.handlers.partition import Partition
from tests.chaos.judging import Replayed, judge_timers


def findings(engine: Engine) -> list[str]:
    partition = Partition(0, decode, lambda key: True)
    partition.engines["main"] = engine
    found = Replayed()
    judge_timers(found, partition)
    return [f"{invariant}: {sentence}" for invariant, sentence in found.findings]


def test_a_state_without_a_deadline_and_one_that_nothing_wakes_are_found():
    scenario = Scenario()
    scenario.run(["agent ana skills=billing", "contact c1 queue=billing"])
    workspace = scenario.log.engine.workspace
    (contact,) = workspace.contacts.values()
    armed = list(workspace.deadlines())

    assert findings(scenario.log.engine) == []
    workspace.timers.restore([])
    (lost,) = findings(scenario.log.engine)
    assert lost.startswith("I12: main step ") and lost.endswith("is not armed")
    workspace.timers.restore(armed)
    contact.deadline_at = 0
    assert "c1" in findings(scenario.log.engine)[0]


def test_a_deadline_that_was_missed_is_found():
    scenario = Scenario()
    scenario.run(["agent ana skills=billing", "contact c1 queue=billing"])
    workspace = scenario.log.engine.workspace
    workspace.clock.now = min(workspace.deadlines()).due

    assert findings(scenario.log.engine)[0].endswith("was missed")
