"""The numbers of a queue, by the definitions of docs/metrics.md."""

from dataclasses import fields, replace
from types import SimpleNamespace

import pytest

from router.domain.reasons import VisitExit
from router.domain.record import Decided
from router.domain.visit_decisions import VisitEnded, VisitOpened
from router.simulation.comparing import Estimate, estimate
from router.simulation.figures import Tally, quantile
from router.simulation.stages import Moment

from ..workspaces import a_policy

GOLDEN_DAY = (
    *[(VisitExit.ANSWERED, 10, 56), (VisitExit.ANSWERED, 45, 14)],
    *[(VisitExit.ABANDONED, 3, 6), (VisitExit.ABANDONED, 12, 4), (VisitExit.ABANDONED, 60, 8)],
    *[("callback_taken", 15, 3), ("callback_taken", 90, 4), ("moved", 100, 5)],
)
BILLING = replace(a_policy().queues[0], target_seconds=20, short_abandon_seconds=5)
POLICY = a_policy(queues=(BILLING,))


class Visits:
    """Says that visits open and end."""

    def __init__(self) -> None:
        self.tally, self.steps = Tally(POLICY), 0

    def visit(self, exit_, seconds: float, began: int = 0, queue: str = "billing") -> None:
        self.steps += 1
        about = {"visit_id": f"v{self.steps}", "contact_id": f"c{self.steps}", "queue": queue}
        self.say(filled(VisitOpened, **about), began)
        if exit_:
            self.say(
                filled(VisitEnded, **about, exit=exit_),
                began + round(seconds * 1000),
                is_same_step=seconds == 0,
            )

    def say(self, decision, at: int, *, is_same_step: bool = False) -> None:
        self.steps += not is_same_step
        step = SimpleNamespace(decisions=(Decided(decision, None),), step_number=self.steps)
        self.tally.hear(Moment(step, at, None, lambda name: name))


def filled(kind, **given):
    """Return a decision of which only this matters."""
    return kind(**({field.name: None for field in fields(kind)} | given))


def numbers(visits: Visits, end: int = 1_000_000):
    visits.tally.close(end)
    return visits.tally.queues["billing"].numbers()


def test_the_golden_day_comes_out():
    """56 ÷ (100 − 6) answered in time; the mean wait of the answered 17.0 s, p90 45 s."""
    visits = Visits()
    for exit_, seconds, count in GOLDEN_DAY:
        for _ in range(count):
            visits.visit(exit_, seconds)

    found = numbers(visits)
    assert (found["entered"], found["answered"], found["abandoned"]) == (100, 70, 18)
    assert found["service_level"] == found["service_level_at_most"] == pytest.approx(56 / 94)
    assert found["mean_wait_seconds"] == pytest.approx(17.0)
    assert (found["median_wait_seconds"], found["p90_wait_seconds"]) == (10, 45)
    assert found["still_waiting"] == 0


def test_a_visit_that_is_younger_than_the_target_is_undecided():
    visits = Visits()
    visits.visit(VisitExit.ANSWERED, 10)
    visits.visit("", 0, began=50_000)
    visits.visit("", 0, began=85_000)

    found = numbers(visits, end=100_000)
    assert found["service_level"] == pytest.approx(1 / 3)
    assert found["service_level_at_most"] == pytest.approx(2 / 3)
    assert found["still_waiting"] == 2


def test_who_was_ejected_before_waiting_is_in_no_cohort():
    visits = Visits()
    visits.visit(VisitExit.ANSWERED, 10)
    visits.visit("ejected", 0)
    visits.visit("ejected", 30)

    assert numbers(visits)["service_level"] == pytest.approx(1 / 2)


def test_quantiles_are_observed_values():
    assert quantile([], 0.5) is None
    assert quantile([1.0, 2.0], 0.5) == 1.0
    assert quantile([1.0, 2.0, 3.0], 0.5) == 2.0
    assert quantile([float(n) for n in range(1, 11)], 0.9) == 9.0


def test_an_estimate_is_the_mean_with_the_extremes():
    assert estimate([3, 1, 2]) == Estimate(2, 1, 3)
