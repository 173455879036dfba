"""What became of the visits and contacts of one world, and the numbers of each queue."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from router.domain.policy import Policy
from router.domain.reasons import VisitExit
from router.domain.steering_facts import PolicyProposed
from router.simulation.stages import Moment

Numbers = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Fate:
    """Where a contact went: its queues, who answered, and how it ended (empty: it goes on)."""

    queues: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    end: str = ""


@dataclass(slots=True)
class QueueFigures:
    """All visits of a queue that entered in the span, by the definitions of docs/metrics.md."""

    entered: int = 0
    exits: dict[str, int] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    """Seconds, of those answered."""
    in_time: int = 0
    cohort: int = 0
    undecided: int = 0
    may_be_left_out: int = 0

    def numbers(self) -> Numbers:
        """Return each number by its name; None where there is nothing to measure."""
        waits = sorted(self.waits)
        upper = self.cohort - self.may_be_left_out
        return {
            "entered": self.entered,
            "answered": self.exits.get(VisitExit.ANSWERED, 0),
            "abandoned": self.exits.get(VisitExit.ABANDONED, 0),
            "still_waiting": self.entered - sum(self.exits.values()),
            "mean_wait_seconds": sum(waits) / len(waits) if waits else None,
            "median_wait_seconds": quantile(waits, 0.5),
            "p90_wait_seconds": quantile(waits, 0.9),
            "service_level": self.in_time / self.cohort if self.cohort else None,
            "service_level_at_most": (self.in_time + self.undecided) / upper if upper > 0 else None,
        }


def quantile(ordered: list[float], share: float) -> float | None:
    """Return the smallest value that is not below the share of all."""
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)] if ordered else None


@dataclass(frozen=True, slots=True)
class _Promise:
    """T and s of a queue."""

    target_seconds: float
    short_abandon_seconds: float


@dataclass(frozen=True, slots=True)
class _Visit:
    figures: QueueFigures
    entered: int
    step_number: int
    promise: _Promise | None


class Tally:
    """Hears every step of one world; `close` when the span is over."""

    def __init__(self, policy: Policy | None) -> None:
        self.queues: dict[str, QueueFigures] = {}
        self.fates: dict[str, Fate] = {}
        self.names: dict[str, str] = {}
        """This world's id of each contact, by what both worlds call it."""
        self._promises = _promises(policy)
        self._visits: dict[str, _Visit] = {}

    def hear(self, moment: Moment) -> None:
        """Take one step."""
        for decided in moment.step.decisions:
            hear = HEARD.get(type(decided.decision).__name__)
            if hear is not None:
                hear(self, decided.decision, moment)

    def close(self, end: int) -> None:
        """Judge who still waits as the span ends."""
        for visit in self._visits.values():
            if visit.promise is None:
                continue
            age = (end - visit.entered) / 1000
            if age <= visit.promise.target_seconds:
                visit.figures.undecided += 1
            elif age <= visit.promise.short_abandon_seconds:
                visit.figures.may_be_left_out += 1
        self._visits.clear()

    def _policy_active(self, d: Any, moment: Moment) -> None:
        if isinstance(moment.fact, PolicyProposed):
            self._promises = _promises(moment.fact.policy)

    def _visit_opened(self, d: Any, moment: Moment) -> None:
        figures = self.queues.setdefault(d.queue, QueueFigures())
        promise = self._promises.get(d.queue)
        figures.entered += 1
        figures.cohort += promise is not None
        self._visits[d.visit_id] = _Visit(figures, moment.at, moment.step.step_number, promise)
        fate = self._fate(d, moment)
        if fate.queues[-1:] != (d.queue,):
            self._put(d, moment, Fate((*fate.queues, d.queue), fate.agents, fate.end))

    def _visit_ended(self, d: Any, moment: Moment) -> None:
        visit = self._visits.pop(d.visit_id, None)
        if visit is None:
            return
        figures, wait = visit.figures, (moment.at - visit.entered) / 1000
        figures.exits[d.exit] = figures.exits.get(d.exit, 0) + 1
        if d.exit == VisitExit.ANSWERED:
            figures.waits.append(wait)
            figures.in_time += visit.promise is not None and wait <= visit.promise.target_seconds
        elif visit.promise is not None:
            is_short = d.exit == "abandoned" and wait <= visit.promise.short_abandon_seconds
            is_no_wait = d.exit == "ejected" and visit.step_number == moment.step.step_number
            figures.cohort -= is_short or is_no_wait

    def _connected(self, d: Any, moment: Moment) -> None:
        fate = self._fate(d, moment)
        self._put(d, moment, Fate(fate.queues, (*fate.agents, d.agent_id), fate.end))

    def _ended(self, d: Any, moment: Moment) -> None:
        fate = self._fate(d, moment)
        self._put(d, moment, Fate(fate.queues, fate.agents, str(d.cause)))

    def _fate(self, d: Any, moment: Moment) -> Fate:
        return self.fates.get(moment.name(d.contact_id), Fate())

    def _put(self, d: Any, moment: Moment, fate: Fate) -> None:
        name = moment.name(d.contact_id)
        self.fates[name], self.names[name] = fate, d.contact_id


def _promises(policy: Policy | None) -> dict[str, _Promise]:
    """Return what is promised of each queue; of some nothing is."""
    return {
        queue.name: _Promise(queue.target_seconds, queue.short_abandon_seconds)
        for queue in (() if policy is None else policy.queues)
        if queue.target_seconds > 0
    }


HEARD: dict[str, Callable[[Tally, Any, Moment], None]] = {
    "PolicyActivated": Tally._policy_active,
    "VisitOpened": Tally._visit_opened,
    "VisitEnded": Tally._visit_ended,
    "ContactConnected": Tally._connected,
    "ContactEnded": Tally._ended,
}
