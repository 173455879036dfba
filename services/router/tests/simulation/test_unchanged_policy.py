"""The policy of the day itself makes the very day again: each record, each step, to the byte."""

import json
from pathlib import Path

import pytest

from router.adapters.codec import decode, encode_step
from router.adapters.recorded_log import RecordedLog
from router.domain.record import Record
from router.domain.snapshot import dump, load
from router.domain.workspace import Workspace
from router.handlers.partition import Raw
from router.simulation.behaviour import Examples, Habits
from router.simulation.comparing import (
    compare,
    differing_steps,
    is_same_policy,
    look_back,
    replicate,
)
from router.simulation.day import observe
from router.simulation.stages import Moment
from router.simulation.world import World

from ..proof.crowd import Crowd
from ..workspaces import START, Log, a_policy
from .a_day import HOUR, MINUTE, a_made_up_day

RECORDED = Path(__file__).parents[1] / "recorded"


def lived_again(before: Workspace, records: list, begin: int) -> tuple[list, list]:
    """Return the log's own steps, and those of a simulation under the day's own policy."""
    end = max(record.stamp for record in records) + 1
    said: list[Moment] = []
    day = observe(before, records, begin, end, said.append)
    again: list[Moment] = []
    examples = Examples(Habits(day), seed=1)
    World(day, day.policies[0], examples, again.append, is_same=True).run()
    return [m.step for m in said], [m.step for m in again]


def test_an_ordinary_day_comes_out_to_the_byte():
    made = a_made_up_day(seed=3, length=HOUR // 2)

    said, again = lived_again(Workspace("main"), made.records, START)
    assert said == made.steps
    assert [encode_step(step) for step in again] == [encode_step(step) for step in said]


@pytest.mark.parametrize("seed", range(4))
def test_a_log_of_everything_that_can_go_wrong_comes_out_too(seed):
    """Garbage, repeats, late words, clocks that leap, policies that change; from 0 and later."""
    log, middle = Log(), 900
    crowd = Crowd(seed, log.engine)
    for fact in crowd.beginning():
        log.say(fact)
    while len(log.records) < middle:
        log.say(crowd.next(), crowd.gap())
    kept = json.dumps(dump(log.engine.workspace))
    while len(log.records) < 2_400:
        log.say(crowd.next(), crowd.gap())

    said, again = lived_again(Workspace("main"), log.records, START)
    assert said == log.steps
    assert again == said
    begin = max(record.stamp for record in log.records[:middle])
    said, again = lived_again(load(json.loads(kept)), log.records[middle:], begin)
    assert said == log.steps[middle:]
    assert again == said


@pytest.mark.parametrize("path", sorted(RECORDED.glob("*.log.*")), ids=lambda path: path.name)
def test_the_recorded_logs_come_out(path):
    """Every kind of fact that there is, as bytes from the wire."""
    log = RecordedLog(path)
    workspace, records = log.about.workspace, []
    for raw in log.items():
        if isinstance(raw, Raw):
            decoded = decode(raw.value, workspace)
            records.append(
                Record(
                    partition=log.about.partition,
                    offset=raw.offset,
                    stamp=raw.stamp,
                    event_id=decoded.event_id,
                    event_type=decoded.event_type,
                    fact=decoded.fact,
                )
            )

    said, again = lived_again(Workspace(workspace), records, records[0].stamp)
    assert len(said) == len(records) > 1_000
    assert again == said


def test_no_difference_at_all_is_reported():
    made = a_made_up_day(seed=4, length=20 * MINUTE)
    past = look_back(Workspace("main"), made.records, START, START + 15 * MINUTE)
    result, different = differing_steps(past, a_policy())
    told = compare(past, [result], different)

    assert is_same_policy(past.day, a_policy())
    assert different == 0
    assert result.changes == {}
    assert result.refusals == {}
    assert len(past.steps) == sum(r.stamp < START + 15 * MINUTE for r in made.records)
    for queue in told.queues:
        assert {name: e.mean for name, e in queue.would_be.items() if e} == {
            name: value for name, value in queue.was.items() if value is not None
        }


def test_a_step_that_another_engine_said_is_found():
    made = a_made_up_day(seed=4, length=5 * MINUTE)
    past = look_back(Workspace("main"), made.records, START, START + 5 * MINUTE)
    past.steps[100] = "another"

    assert differing_steps(past, a_policy())[1] == 1


def test_the_same_routing_with_another_promise_changes_nobodys_way():
    """Another target is another policy: it is simulated, and every contact goes as it went."""
    made = a_made_up_day(seed=5, length=20 * MINUTE)
    past = look_back(Workspace("main"), made.records, START, START + 20 * MINUTE)
    policy = a_policy(dispositions=("solved", "later", "other"))

    assert not is_same_policy(past.day, policy)
    for seed in range(2):
        result = replicate(past, policy, seed)
        assert result.changes == {}
        for name, figures in past.tally.queues.items():
            assert result.numbers[name] == figures.numbers()
