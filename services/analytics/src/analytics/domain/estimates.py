"""Whether the waits that customers were told came true."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

IN_RANGE, SOONER, LATER, LEFT, LEFT_LATER = "in_range", "sooner", "later", "left", "left_later"
"""Answered within the range, before or after it; left without an answer before its end, or after.

Of who left before the end of the range nobody knows whether it would have come true.
"""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What was told, and when; both ends belong to the range."""

    told_ms: int
    low_ms: int
    high_ms: int

    def outcome(self, at_ms: int, *, is_answered: bool) -> str:
        """What came of it when the visit ended then."""
        wait_ms = at_ms - self.told_ms
        if not is_answered:
            return LEFT_LATER if wait_ms > self.high_ms else LEFT
        if wait_ms < self.low_ms:
            return SOONER
        return LATER if wait_ms > self.high_ms else IN_RANGE


@dataclass(slots=True)
class EstimateFold:
    """The first estimate of each visit of one queue and channel."""

    told: int = 0
    open: dict[str, Estimate] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)

    def tell(self, visit_id: str, estimate: Estimate) -> None:
        """A waiting customer was told a range; what is told again later is not counted."""
        if visit_id not in self.open:
            self.told += 1
            self.open[visit_id] = estimate

    def judge(self, visit_id: str, at_ms: int, *, is_answered: bool) -> None:
        """The visit ended."""
        estimate = self.open.pop(visit_id, None)
        if estimate is not None:
            outcome = estimate.outcome(at_ms, is_answered=is_answered)
            self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1

    def as_state(self) -> dict[str, Any]:
        """For the checkpoint."""
        return {
            "told": self.told,
            "open": [[id, e.told_ms, e.low_ms, e.high_ms] for id, e in self.open.items()],
            "outcomes": self.outcomes,
        }


@dataclass(frozen=True, slots=True)
class EstimateNumbers:
    """Estimates told, and what came of those that are decided."""

    told: int
    outcomes: dict[str, int]

    @property
    def coverage(self) -> float:
        """Share of the answered who were answered within their range, 0 of none."""
        kept = self.outcomes.get(IN_RANGE, 0)
        answered = kept + self.outcomes.get(SOONER, 0) + self.outcomes.get(LATER, 0)
        return kept / answered if answered else 0.0


def estimates_of(state: dict[str, Any]) -> EstimateFold:
    """From the checkpoint."""
    return EstimateFold(
        told=state["told"],
        open={visit_id: Estimate(*estimate) for visit_id, *estimate in state["open"]},
        outcomes=dict(state["outcomes"]),
    )


def added(folds: Iterable[EstimateFold]) -> EstimateNumbers:
    """All of them together."""
    told, outcomes = 0, dict[str, int]()
    for fold in folds:
        told += fold.told
        for outcome, count in fold.outcomes.items():
            outcomes[outcome] = outcomes.get(outcome, 0) + count
    return EstimateNumbers(told, dict(sorted(outcomes.items())))
