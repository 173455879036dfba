"""Whatever the steps say: nothing is lost, a checkpoint is the fold, two replays agree."""

import json
import random

import pytest

from analytics.domain import steps as s
from analytics.domain.checkpoint import fold_of, state_of
from analytics.domain.numbers import numbers
from analytics.domain.queue_numbers import QueueNumbers
from analytics.domain.targets import PolicyTargets, Target, TargetBook
from analytics.domain.workspace import WorkspaceFold

EXITS = ["answered", "abandoned", "moved", "ejected", "failed"]
CHANNELS = ["voice", "chat", "email"]


def random_steps(seed: int, count: int = 400) -> list[s.Step]:
    """Steps as a router never would say them: anything at any time."""
    chance = random.Random(seed)
    stamped_ms, number, found = 1_800_000_000_000, 0, []
    for _ in range(count):
        number += chance.choice([1, 1, 1, 1, 0, 2])
        stamped_ms += chance.randint(-2_000, 30_000)
        found.append(
            s.Step(
                workspace="main",
                number=max(1, number),
                stamped_ms=stamped_ms,
                policy_version=1 + number // 100,
                decisions=tuple(any_decision(chance) for _ in range(chance.randint(0, 4))),
            )
        )
    return found


def any_decision(chance: random.Random) -> s.Decision:
    one = str(chance.randint(1, 60))
    queue, channel = chance.choice(["billing", "sales"]), chance.choice(CHANNELS)
    agent = chance.choice(["ana", "bob", "eve"])
    return chance.choice(
        [
            s.ContactOpened(one, channel),
            s.VisitOpened(one, one, queue, channel),
            s.VisitEnded(one, chance.choice(EXITS)),
            s.WaitEstimated(one, 10_000, chance.choice([10_000, 40_000, 200_000])),
            s.OfferMade(agent, f"o{one}", one),
            s.OfferEnded(agent, chance.choice(["missed", "accepted", "connected"]), f"o{one}"),
            s.ContactConnected(one, agent, queue, channel),
            s.ContactEnded(one, "completed"),
            s.AgentSeen(agent, "t", "available", chance.choice(["routable", "full"]), {channel: 1}),
            s.AgentSeen(agent, "t", "available", "routable"),
            s.AgentRemoved(agent),
        ]
    )


def a_book() -> TargetBook:
    book = TargetBook()
    for version in (1, 3):
        target = Target(target_seconds=20 * version, short_abandon_seconds=5)
        book.add(PolicyTargets(version=version, queues={"billing": target}))
    return book


@pytest.mark.parametrize("seed", range(20))
def test_entered_is_exits_and_waiting_at_every_step(seed):
    fold = WorkspaceFold()
    for step in random_steps(seed):
        fold.apply(step)
        for queue in fold.queues.values():
            assert queue.entered == sum(queue.exits.values()) + len(queue.waiting)
            assert queue.entered == sum(cohort.entered for cohort in queue.cohorts.values())
        in_channels = sum(c.arrived - sum(c.ended.values()) for c in fold.channels.values())
        assert in_channels == len(fold.open_contacts)
        assert len(fold.visits) == sum(len(queue.waiting) for queue in fold.queues.values())
        for found in numbers("main", fold, a_book()).queues:
            level = found.service_level
            assert 0 <= level.lower <= level.upper <= 1
            assert 0 <= level.completeness <= 1
            told = found.estimates
            assert told.told == sum(told.outcomes.values()) + open_estimates(fold, found)
            assert 0 <= told.coverage <= 1


def open_estimates(fold: WorkspaceFold, found: QueueNumbers) -> int:
    return sum(
        len(one.estimates.open)
        for (queue, channel), one in fold.queues.items()
        if queue == found.queue and found.channel in ("", channel)
    )


@pytest.mark.parametrize("seed", range(5))
def test_a_fold_from_any_checkpoint_equals_the_fold_from_the_start(seed):
    steps = random_steps(seed)
    whole = WorkspaceFold()
    for step in steps:
        whole.apply(step)
    for stop in range(0, len(steps), 37):
        begun = WorkspaceFold()
        for step in steps[:stop]:
            begun.apply(step)
        again = fold_of(json.loads(json.dumps(state_of(begun))))
        assert again == begun
        for step in steps[max(0, stop - 20) :]:
            again.apply(step)

        assert again == whole
        assert json.dumps(state_of(again)) == json.dumps(state_of(whole))
