"""What is told of a policy that was not in force agrees with days that were lived under it."""

from collections import Counter

import pytest

from router.domain.policy import Policy
from router.domain.workspace import Workspace
from router.simulation.comparing import Past, look_back, replicate

from ..workspaces import START, a_policy
from .a_day import HOUR, a_made_up_day, without_requirements

HABITS = {"count": 12, "between_arrivals": 10_000, "chat": 0.0, "length": HOUR}
STRICT, LOOSE = a_policy(), without_requirements(a_policy())
"""Few know billing; or everybody may take it."""


@pytest.fixture(scope="module")
def days() -> dict[bool, list[Past]]:
    """Three hours under each policy, of different customers; True is the strict one."""
    return {
        is_strict: [hour(seed, STRICT if is_strict else LOOSE) for seed in seeds]
        for is_strict, seeds in ((True, range(3)), (False, range(100, 103)))
    }


def hour(seed: int, policy: Policy) -> Past:
    made = a_made_up_day(seed, policy=policy, **HABITS)
    return look_back(Workspace("main"), made.records, START, START + HOUR)


@pytest.mark.parametrize("is_strict", [True, False])
def test_the_prediction_agrees_with_other_days_under_that_policy(days, is_strict):
    """Seen under one policy and simulated under the other, and lived under it."""
    policy = STRICT if is_strict else LOOSE
    lived, before, told = Counter(), Counter(), Counter()
    for past in days[is_strict]:
        lived.update(sums(past.tally.queues["billing"].numbers()))
    for past in days[not is_strict]:
        before.update(sums(past.tally.queues["billing"].numbers()))
        told.update(sums(replicate(past, policy, 1).numbers["billing"]))

    assert abs(share(told) - share(lived)) < 0.06 < 0.15 < abs(share(lived) - share(before))
    assert wait(told) == pytest.approx(wait(lived), rel=0.25)
    assert wait(before) != pytest.approx(wait(lived), rel=0.4)


def sums(numbers: dict) -> dict:
    waits = (numbers["mean_wait_seconds"] or 0) * numbers["answered"]
    return {name: numbers[name] for name in ("entered", "answered", "abandoned")} | {"waits": waits}


def share(total: Counter) -> float:
    return total["abandoned"] / total["entered"]


def wait(total: Counter) -> float:
    return total["waits"] / total["answered"]
