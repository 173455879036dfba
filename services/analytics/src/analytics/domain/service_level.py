"""The service level with what it can still become."""

from collections.abc import Iterable
from dataclasses import dataclass

from analytics.domain.queues import QueueFold
from analytics.domain.targets import Target, TargetBook


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLevel:
    """Shares from 0 to 1. Without a cohort nothing is known: lower 0, upper 1."""

    target: Target
    answered_in_time: int = 0
    # The denominator, visits that are undecided among it.
    cohort: int = 0
    # Waiting, not longer than T: may still be answered in time.
    undecided: int = 0
    # Waiting, longer than T but not than s: may still be left out as short abandons.
    may_be_left_out: int = 0

    @property
    def lower(self) -> float:
        """None of the undecided is answered in time."""
        return self.answered_in_time / self.cohort if self.cohort else 0.0

    @property
    def upper(self) -> float:
        """All of the undecided are answered in time."""
        cohort = self.cohort - self.may_be_left_out
        return (self.answered_in_time + self.undecided) / cohort if cohort else 1.0

    @property
    def completeness(self) -> float:
        """Share of the cohort that is decided."""
        if not self.cohort:
            return 1.0
        return 1 - (self.undecided + self.may_be_left_out) / self.cohort


def service_level(
    queue: str, folds: Iterable[QueueFold], book: TargetBook, current_version: int, now_ms: int
) -> ServiceLevel:
    """Each visit is judged by the targets of the policy under which it entered."""
    answered = cohort_count = undecided = may_be_left_out = 0
    for fold in folds:
        for version, cohort in fold.cohorts.items():
            target = _target(book, version, queue)
            if target is None:
                continue
            short = cohort.abandoned.at_most(target.short_abandon_seconds)
            answered += cohort.answered.at_most(target.target_seconds)
            cohort_count += cohort.entered - short - cohort.ejected_before_waiting
        for visit in fold.waiting.values():
            target = _target(book, visit.policy_version, queue)
            if target is None:
                continue
            age_ms = now_ms - visit.entered_ms
            if age_ms <= target.target_seconds * 1000:
                undecided += 1
            elif age_ms <= target.short_abandon_seconds * 1000:
                may_be_left_out += 1
    return ServiceLevel(
        target=_target(book, current_version, queue) or Target(),
        answered_in_time=answered,
        cohort=cohort_count,
        undecided=undecided,
        may_be_left_out=may_be_left_out,
    )


def short_abandons(queue: str, folds: Iterable[QueueFold], book: TargetBook) -> int:
    """Visits abandoned within s of the policy under which they entered, a target or not."""
    return sum(
        cohort.abandoned.at_most(promised.short_abandon_seconds)
        for fold in folds
        for version, cohort in fold.cohorts.items()
        if (promised := book.of_version(version).queues.get(queue)) is not None
    )


def _target(book: TargetBook, version: int, queue: str) -> Target | None:
    """None: nothing was promised, so those visits are in no cohort."""
    target = book.of_version(version).queues.get(queue)
    return target if target is not None and target.target_seconds > 0 else None
