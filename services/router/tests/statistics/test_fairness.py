"""Fairness has figures: for customers in line, for queues beside each other, for agents."""

from random import Random

import pytest

from router.domain.policy import RosterAgent

from .call_center import a_plain_policy
from .long_runs import LONG
from .shift import Shift
from .watchers import Idleness, Places, jain

MINUTE = 60_000
HOUR = 60 * MINUTE
NAMES = [f"{number:04d}" for number in range(14)]


def a_shift(seed: int, queues: tuple[str, ...] = ("line",)) -> tuple[Shift, Places, Idleness]:
    """Fourteen equal agents who do everything, and who watches them."""
    policy = a_plain_policy((), queues, is_miss_not_responding=True)
    shift = Shift(policy, [RosterAgent(agent_id=name) for name in NAMES], seed, service=MINUTE)
    places, idleness = Places(is_over_queues=True), Idleness(NAMES)
    shift.watchers += [places, idleness]
    for name in NAMES:
        idleness.since[name] = 0
    return shift, places, idleness


def take_breaks(shift: Shift, name: str, end: float, each: float, long: float) -> None:
    """Plan breaks: about one in so long, of so long."""
    chance, instant = Random(f"breaks/{name}"), 0.0
    while True:
        begin = instant + chance.expovariate(1 / each)
        instant = begin + chance.expovariate(1 / long)
        if instant > end:
            return
        shift.at(begin, lambda: shift.pause(name))
        shift.at(instant, lambda: shift.come_back(name))


@pytest.mark.parametrize("hours", [12, pytest.param(100, marks=LONG)])
def test_equal_agents_get_equally_many_offers_in_an_hour_of_being_routable(hours: int):
    """Half of them take breaks for half of their time; they lose and win nothing by it."""
    shift, _, idleness = a_shift(1)
    shift.flow(8_000, 0, hours * HOUR, lambda: shift.bring("line"))
    for name in NAMES[::2]:
        take_breaks(shift, name, hours * HOUR, 10 * MINUTE, 10 * MINUTE)
    shift.work(hours * HOUR)

    rates = idleness.offers_per_hour()
    print(
        f"Jain index {jain(rates):.5f}; offers per routable hour {min(rates):.1f}..{max(rates):.1f}"
    )
    assert not idleness.wrong
    assert jain(rates) >= 0.99


@pytest.mark.parametrize("seed", range(3))
def test_nobody_is_passed_by_an_equal_who_came_later(seed: int):
    """Whatever happens: refused and missed offers, customers who give up, agents who pause."""
    shift, places, idleness = a_shift(seed, ("one", "two"))
    shift.refusing, shift.missing = 0.1, 0.05
    for queue in ("one", "two"):
        shift.flow(8_500, 0, HOUR, lambda queue=queue: shift.bring(queue, patience=2 * MINUTE))
    for name in NAMES[::3]:
        take_breaks(shift, name, HOUR, 10 * MINUTE, 3 * MINUTE)
    shift.work(HOUR)

    assert places.offers > 500
    assert places.most_waiting > 10
    assert (places.passed, places.longest_unfair_wait) == (0, 0)
    assert not idleness.wrong


def test_the_watcher_of_places_sees_an_unfair_wait():
    """It would: two come, the later one is offered first, the other a minute after."""
    places = Places()
    for since, contact_id in enumerate(("first", "second")):
        places.opened(contact_id, ("line",), since)
    places.offered("second", 20)
    places.offered("first", 60_020)

    assert (places.passed, places.longest_unfair_wait) == (1, 60_000)


def test_the_watcher_of_idleness_sees_an_agent_who_is_preferred():
    idleness = Idleness(("ana", "bob"))
    idleness.since |= {"ana": 0, "bob": 5}
    idleness.offered("bob", 20)

    assert idleness.wrong == ["at 20 bob (15) instead of ana"]
