"""What the engine does to thousands of customers is what queueing theory says it must.

Each value is compared by Student's t over batches, at a joint error of 1e-3 for all of them.
Every run is seeded: a comparison that fails does so each time, and means that something changed.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from . import textbook
from .call_center import Served
from .comparison import Batch, Comparison, compare
from .customers import Customer, Outcome, Setup, come
from .long_runs import LONGEST_SECONDS
from .setups import CASES, Case, two_skills

SUITES = 4
"""The engine and the textbook, short and long; those of ciw are fewer and counted as one more."""
COMPARED = (SUITES + 1) * sum(len(case.values) for case in CASES)
NAMES = [case.setup.name for case in CASES]

Serve = Callable[[Setup, list[Customer]], list[Outcome]]


def the_engine(setup: Setup, customers: list[Customer]) -> list[Outcome]:
    """Serve by the engine, and require what the textbook says of each single customer."""
    served = Served(setup, customers).serve()
    assert served == textbook.serve(setup, customers)
    return served


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_engine_agrees_with_the_formulas(case: Case):
    """Few customers: the intervals are wide, but each customer's fate is the textbook's too."""
    if case.warming:
        _judge(measure(case, the_engine, seeds=5, batches=1, size=350))
    else:
        _judge(measure(case, the_engine, seeds=10, batches=1, size=350))


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_textbook_agrees_with_the_formulas(case: Case):
    """It stands in for the engine, which decides alike, where many customers are needed."""
    _judge(measure(case, textbook.serve, seeds=5, batches=6, size=350 * case.slowness))


def test_agents_with_two_skills_take_who_came_first_of_either():
    """Unless they prefer one. Nobody knows a formula; each customer's fate is the textbook's."""
    case = two_skills()
    setup = replace(case.setup, prefers_first=False, gap=6_000)

    assert the_engine(setup, come(setup, 1, 1_500, case.there(setup, 1)))


@pytest.mark.full
@pytest.mark.timeout(LONGEST_SECONDS)
@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_engine_agrees_closely_with_the_formulas(case: Case):
    _judge(measure(case, the_engine, seeds=5, batches=10, size=1_000 * case.slowness))


@pytest.mark.full
@pytest.mark.timeout(LONGEST_SECONDS)
@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_textbook_agrees_very_closely_with_the_formulas(case: Case):
    _judge(measure(case, textbook.serve, seeds=6, batches=20, size=5_000 * case.slowness))


def measure(case: Case, serve: Serve, seeds: int, batches: int, size: int) -> list[Comparison]:
    """Return the comparison of each value, over so many batches of each seed."""
    found: list[list[Batch]] = [[] for _ in case.values]
    for seed in range(seeds):
        there = case.there(case.setup, seed)
        count = case.warming + batches * size
        outcomes = serve(case.setup, come(case.setup, seed, count, there))
        counted = outcomes[len(there) + case.warming :]
        for begin in range(0, len(counted), size):
            for value, of_value in zip(case.values, found, strict=True):
                of_value.append(value.of(counted[begin : begin + size]))
    return [
        compare(
            f"{case.setup.name}: {value.what}",
            of_value,
            value.exact,
            COMPARED,
            value.simulated_over,
            value.rounding,
        )
        for value, of_value in zip(case.values, found, strict=True)
    ]


def _judge(comparisons: list[Comparison]) -> None:
    print(*comparisons, sep="\n")
    contradicted = [str(comparison) for comparison in comparisons if not comparison.agrees]

    assert not contradicted
