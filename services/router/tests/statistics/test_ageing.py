"""Ageing: nobody of priority p waits behind later ones of priority p' for more than p' − p steps.

A flood of high priority comes for an hour to agents who could not serve it alone; beside it comes a
customer of no priority every minute. Without ageing these wait until the flood is over.
"""

from dataclasses import replace
from typing import Any

from router.domain.offer_decisions import OfferMade
from router.domain.policy import RosterAgent
from router.domain.queues import Ageing, Queue
from router.domain.visit_decisions import VisitEnded, VisitOpened

from .call_center import a_plain_policy
from .setups import MINUTE
from .shift import Shift
from .test_fairness import NAMES

EVERY = 30_000
HIGH = 4
AGEING = Ageing(every_seconds=EVERY / 1000, step=1, most=1_000)


class Ages:
    """Who waits, by the glossary's rule: priority and whole steps waited, then place."""

    def __init__(self, every: int) -> None:
        self.every = every
        self.waiting: dict[str, tuple[int, int]] = {}
        self.wrong: list[str] = []
        self.longest_head_start = 0
        self.waits: dict[int, list[int]] = {0: [], HIGH: []}

    def __call__(self, decision: Any, at: int) -> None:
        if type(decision) is VisitOpened:
            self.waiting[decision.contact_id] = (decision.priority, at)
        elif type(decision) is VisitEnded:
            self.waiting.pop(decision.contact_id, None)
        elif type(decision) is OfferMade:
            self._offered(decision.contact_id, at)

    def _offered(self, contact_id: str, at: int) -> None:
        priority, since = self.waiting[contact_id]
        if contact_id != min(self.waiting, key=lambda other: self._rank(other, at)):
            self.wrong.append(contact_id)
        del self.waiting[contact_id]
        self.waits[priority].append(at - since)
        for other, before in self.waiting.values():
            if before < since:
                assert priority > other
                self.longest_head_start = max(self.longest_head_start, since - before)

    def _rank(self, contact_id: str, at: int) -> tuple[int, int, str]:
        priority, since = self.waiting[contact_id]
        steps = (at - since) // self.every if self.every else 0
        return (-priority - steps, since, contact_id)


def a_flooded_shift(ageing: Ageing | None) -> Ages:
    """One hour of the flood, with customers who give up, and what was seen of it."""
    queues = tuple(Queue(name=name, ageing=ageing) for name in ("flood", "calm"))
    policy = replace(a_plain_policy((), ()), queues=queues)
    agents = [RosterAgent(agent_id=name) for name in NAMES]
    shift = Shift(policy, agents, 1, service=MINUTE)
    ages = Ages(EVERY if ageing else 0)
    shift.watchers.append(ages)
    shift.flow(
        3_000, 0, 60 * MINUTE, lambda: shift.bring("flood", priority=HIGH, patience=2 * MINUTE)
    )
    shift.flow(MINUTE, 0, 60 * MINUTE, lambda: shift.bring("calm"))
    shift.work(60 * MINUTE)
    return ages


def test_with_ageing_a_flood_of_high_priority_starves_nobody():
    ages = a_flooded_shift(AGEING)
    print(
        f"longest waits {max(ages.waits[0]) / MINUTE:.1f} min, {max(ages.waits[HIGH]) / MINUTE:.1f}"
    )

    assert not ages.wrong
    assert len(ages.waits[0]) > 40
    assert 0 < ages.longest_head_start < HIGH * EVERY
    assert max(ages.waits[0]) < HIGH * EVERY + max(ages.waits[HIGH]) + MINUTE
    assert not [
        age for priority, age in ages.waiting.values() if not priority and age < 50 * MINUTE
    ]


def test_without_ageing_it_would():
    ages = a_flooded_shift(None)
    starved = [since for priority, since in ages.waiting.values() if not priority]

    assert not ages.wrong
    assert len(starved) > 40
    assert ages.longest_head_start > 10 * HIGH * EVERY
