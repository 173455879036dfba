"""The judge of a run sees what it is there for, without a run."""

from types import SimpleNamespace

from services.router.tests.scenario import Scenario

from chassis.sealing import address_token
from router.adapters.codec import decode
from router.domain.engine import Engine
from router.handlers.partition import Partition
from tests.chaos.callers import Heard
from tests.chaos.judging import Replayed, judge_timers
from tests.chaos.readers import Arrivals, calls_lost
from tests.e2e.fold import Finding


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


SECRET = "a secret"
NUMBER = "+49307000001"


def calls(answered_at: float | None, *contacts: str, lost_at: dict[str, float]) -> list[Finding]:
    world = SimpleNamespace(environment={"ADDRESS_TOKEN_SECRET": SECRET})
    crowd = SimpleNamespace(callers=SimpleNamespace(heard=[Heard(NUMBER, answered_at)]))
    found = Arrivals()
    found.by_token[address_token(SECRET, "phone", NUMBER)] = dict.fromkeys(contacts, "")
    found.lost_at = lost_at
    return calls_lost(world, crowd, found)


def test_a_call_that_was_answered_is_one_contact():
    assert calls(10.0, "one", lost_at={}) == []
    assert calls(10.0, "one", lost_at={"one": 12.0}) == []
    assert [invariant for invariant, _ in calls(10.0, lost_at={})] == ["I13"]
    assert [invariant for invariant, _ in calls(10.0, "one", "two", lost_at={})] == ["I13"]


def test_what_a_process_lost_before_another_one_answered_is_no_second_contact():
    assert calls(10.0, "one", "two", lost_at={"one": 9.0}) == []
    assert [name for name, _ in calls(10.0, "one", "two", lost_at={"one": 11.0})] == ["I13"]
    assert [name for name, _ in calls(10.0, "one", lost_at={"one": 9.0})] == ["I13"]


def test_a_call_that_was_not_answered_may_be_in_the_log_or_not():
    assert calls(None, lost_at={}) == []
    assert calls(None, "one", "two", lost_at={"one": 9.0}) == []
