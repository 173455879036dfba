"""Visits of one queue and channel: who came, who waits, how each visit ended."""

from dataclasses import dataclass, field
from typing import Any

from analytics.domain.durations import Durations, durations_of
from analytics.domain.estimates import EstimateFold, estimates_of
from analytics.domain.offers import OfferFold, offers_of

ANSWERED, ABANDONED, EJECTED = "answered", "abandoned", "ejected"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A visit that has not ended."""

    queue: str
    channel: str
    entered_ms: int
    step_number: int
    policy_version: int


@dataclass(slots=True)
class Cohort:
    """Visits that entered under one version of the policy."""

    entered: int = 0
    ejected_before_waiting: int = 0
    answered: Durations = field(default_factory=Durations)
    abandoned: Durations = field(default_factory=Durations)


@dataclass(slots=True)
class QueueFold:
    """One queue and channel since the log began."""

    entered: int = 0
    waiting: dict[str, Waiting] = field(default_factory=dict)
    exits: dict[str, int] = field(default_factory=dict)
    cohorts: dict[int, Cohort] = field(default_factory=dict)
    handled: Durations = field(default_factory=Durations)
    attention_ms: float = 0.0
    estimates: EstimateFold = field(default_factory=EstimateFold)
    offers: OfferFold = field(default_factory=OfferFold)

    def enter(self, visit_id: str, visit: Waiting) -> None:
        """A visit began."""
        self.entered += 1
        self.waiting[visit_id] = visit
        self.cohorts.setdefault(visit.policy_version, Cohort()).entered += 1

    def leave(self, visit_id: str, exit_: str, at_ms: int, step_number: int) -> None:
        """A waiting visit ended."""
        visit = self.waiting.pop(visit_id)
        self.offers.forget_visit(visit_id)
        self.exits[exit_] = self.exits.get(exit_, 0) + 1
        self.estimates.judge(visit_id, at_ms, is_answered=exit_ == ANSWERED)
        cohort = self.cohorts[visit.policy_version]
        wait_ms = at_ms - visit.entered_ms
        if exit_ == ANSWERED:
            cohort.answered.add(wait_ms)
        elif exit_ == ABANDONED:
            cohort.abandoned.add(wait_ms)
        elif exit_ == EJECTED and visit.step_number == step_number:
            cohort.ejected_before_waiting += 1

    def oldest_ms(self) -> int | None:
        """When the visit entered that waits longest."""
        # Stamps never go back within the fold, so the first one is the oldest.
        first = next(iter(self.waiting.values()), None)
        return None if first is None else first.entered_ms

    def as_state(self) -> dict[str, Any]:
        """For the checkpoint."""
        return {
            "entered": self.entered,
            "waiting": [
                [visit_id, v.queue, v.channel, v.entered_ms, v.step_number, v.policy_version]
                for visit_id, v in self.waiting.items()
            ],
            "exits": self.exits,
            "cohorts": [
                {
                    "version": version,
                    "entered": cohort.entered,
                    "ejected_before_waiting": cohort.ejected_before_waiting,
                    "answered": cohort.answered.as_state(),
                    "abandoned": cohort.abandoned.as_state(),
                }
                for version, cohort in self.cohorts.items()
            ],
            "handled": self.handled.as_state(),
            "attention_ms": self.attention_ms,
            "estimates": self.estimates.as_state(),
            "offers": self.offers.as_state(),
        }


def queue_of(state: dict[str, Any]) -> QueueFold:
    """From the checkpoint."""
    return QueueFold(
        entered=state["entered"],
        waiting={visit_id: Waiting(*visit) for visit_id, *visit in state["waiting"]},
        exits=dict(state["exits"]),
        cohorts={
            cohort["version"]: Cohort(
                entered=cohort["entered"],
                ejected_before_waiting=cohort["ejected_before_waiting"],
                answered=durations_of(cohort["answered"]),
                abandoned=durations_of(cohort["abandoned"]),
            )
            for cohort in state["cohorts"]
        },
        handled=durations_of(state["handled"]),
        attention_ms=state["attention_ms"],
        estimates=estimates_of(state["estimates"]),
        offers=offers_of(state["offers"]),
    )
