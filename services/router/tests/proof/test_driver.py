"""Whatever a crowd does, the invariants hold after each step, and a replay says the same bytes."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.adapters.codec import encode_step
from router.domain import interrupts, line, policy_change, pool, roster, standings
from router.domain.engine import Engine
from router.domain.workspace import Workspace
from router.scenarios.text import blocks

from ..scenario import Scenario
from ..test_scenarios import FOLDER
from .drive import Run, Said, let_loose, record_of
from .shrinking import failure, read, shrink, write

STEPS = 10_000
SEEDS = range(1, 11)
MANY_SEEDS = range(1_000, 1_050)
MANY_STEPS = 100_000


def proven(seed: int, steps: int, **how: int) -> list[Said]:
    """Drive; a failure is made short, and written where it can be replayed."""
    print(f"seed {seed}, {steps} steps")
    log: list[Said] = []
    try:
        let_loose(seed, steps, log, **how)
    except Exception as error:
        short = shrink(log, seed)
        path = write(short, seed, failure(short, seed))
        again = f"python -m services.router.tests.proof.shrinking {path}"
        raise AssertionError(f"seed {seed}, step {len(log)}: {error}; again: {again}") from error
    return log


@pytest.mark.parametrize("seed", SEEDS)
def test_the_invariants_hold_whatever_happens(seed):
    log = proven(seed, STEPS)

    if seed == SEEDS[0]:
        once, again = (Engine(Workspace("main")) for _ in range(2))
        for offset, said in enumerate(log):
            record = record_of(said, offset)
            said_once, said_again = once.apply(record), again.apply(record)
            assert encode_step(said_once) == encode_step(said_again), "I8: from the start"


def test_who_has_room_is_no_news_to_an_engine_from_a_snapshot():
    """This crowd found that it was: the same offer, but explained as if the agent was freed."""
    proven(101_001, 4_700, agents=5, most=18)


def test_a_callback_asked_for_after_the_stamps_went_back_is_not_over_at_once():
    """This crowd found that its limit was before now, and that the past then chose who is next."""
    proven(101_101, 1_300, agents=5, most=18)


@pytest.mark.full
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("seed", MANY_SEEDS)
def test_the_invariants_hold_for_five_million_steps(seed):
    for part in range(MANY_STEPS // STEPS):
        proven(seed * 100 + part, STEPS, agents=3 + part * 2, most=10 + part * 8)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(chance=st.randoms(use_true_random=False), steps=st.integers(5, 60))
def test_the_invariants_hold_in_small(chance: random.Random, steps: int):
    let_loose(0, steps, agents=2, most=4, chance=chance)


def worst(fit, order):
    numbers = (-part for part in pool.agent_key(fit, order) if not isinstance(part, str))
    return (*numbers, fit.agent.agent_id)


WRONG = {
    "agents in the wrong order": (standings, "agent_key", worst),
    "skills do not matter": (roster.Roster, "meeting", lambda self, needs, among: among),
    "nothing ages": (line.Lines, "aged", lambda self, rank, now: rank),
    "nothing is interrupted": (interrupts, "_in_hand", lambda ws, agent, state: []),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_the_judge_notices_a_wrong_engine(wrong, monkeypatch):
    monkeypatch.setattr(*WRONG[wrong])
    with pytest.raises(AssertionError):
        for seed in range(1, 6):
            let_loose(seed, 1_500, steering=8.0)


def test_the_judge_notices_an_offer_that_a_new_policy_should_have_taken_back(monkeypatch):
    """A crowd meets this too seldom: a scenario says it."""
    scenario = Scenario()
    for _, commands, _ in blocks((FOLDER / "policy_withdraws.txt").read_text().splitlines()):
        scenario.run(commands)
    right, wrong = Run(), Run()
    for record in scenario.log.records:
        right.say(Said(record.stamp, record.fact))

    monkeypatch.setattr(policy_change, "_withdraw_misfits", lambda ws: None)
    with pytest.raises(AssertionError, match="offered against the new policy"):
        for record in scenario.log.records:
            wrong.say(Said(record.stamp, record.fact))


def test_a_failing_log_is_made_short_and_can_be_read_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(line.Lines, "aged", lambda self, rank, now: rank)
    for seed in range(1, 6):
        log: list[Said] = []
        try:
            let_loose(seed, 2_000, log)
        except AssertionError:
            break
    path = write(shrink(log, seed), seed, failure(log, seed))
    short, its_seed = read(path)

    assert its_seed == seed
    assert failure(short, seed)
    assert sum(type(said.fact).__name__ != "ClockTicked" for said in short) < len(log) / 3
