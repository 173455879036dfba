"""A flood in one queue does not starve another; who returns from a break is not flooded.

Two queues of the same priority, `calm` (kind 0) and `flood` (kind 1). Where the same agents serve
both, place in line is one order over both: nobody waits for those who came later, wherever they
stand. Where a queue has agents of its own, nothing of the other's flood reaches it.
"""

from bisect import bisect_left
from collections import Counter
from dataclasses import replace
from statistics import mean

import pytest

from router.domain.offer_decisions import OfferMade
from router.domain.policy import ChannelCapacity, RosterAgent
from router.domain.words import Channel

from . import textbook
from .call_center import ONLY_ONE_CHAT, Served, a_plain_policy
from .comparison import Batch, compare
from .customers import Customer, Outcome, Setup, come, there_in_a_pool
from .formulas import delay
from .long_runs import LONG
from .setups import MINUTE, mean_wait
from .shift import Shift
from .test_fairness import NAMES, a_shift
from .test_statistics import COMPARED
from .watchers import Idleness

CALM, FLOOD = 0, 1
QUEUES = ("calm", "flood")
BOTH = Setup(name="both", agents=((CALM, FLOOD),) * 10, gap=MINUTE / 8, service=MINUTE)
APART = Setup(name="apart", agents=((CALM,),) * 5 + ((FLOOD,),) * 5, gap=MINUTE / 8, service=MINUTE)
FLOODED_AT, FLOODED = 5 * MINUTE, 300


def test_a_flood_makes_the_calm_queue_wait_for_nobody_who_came_later():
    """Each waits exactly as first come, first served over both queues says, to the millisecond."""
    customers = _with_a_flood(come(BOTH, 1, 600))
    outcomes = Served(BOTH, customers, QUEUES).serve()
    began = [c.arrives + o.wait for c, o in zip(customers, outcomes, strict=True)]

    assert outcomes == textbook.serve(BOTH, customers)
    assert began == sorted(began)


def test_the_calm_queue_waits_like_the_flood_and_no_longer():
    """Those who come in the same minute have the same ahead of them, on either queue."""
    customers = _with_a_flood(come(BOTH, 2, 600))
    outcomes = Served(BOTH, customers, QUEUES).serve()
    waits: dict[int, list[int]] = {CALM: [], FLOOD: []}
    for customer, outcome in zip(customers, outcomes, strict=True):
        if FLOODED_AT + MINUTE <= customer.arrives < FLOODED_AT + 11 * MINUTE:
            waits[customer.kind].append(outcome.wait)

    calm, flood = mean(waits[CALM]), mean(waits[FLOOD])
    print(f"after the flood {calm / MINUTE:.1f} min in the calm queue, {flood / MINUTE:.1f} there")
    assert len(waits[CALM]) > 20
    assert calm == pytest.approx(flood, rel=0.2)


def test_an_hour_after_the_flood_nobody_waits_for_it_any_more():
    customers = _with_a_flood(come(BOTH, 3, 1_600))
    outcomes = Served(BOTH, customers, QUEUES).serve()
    without = Served(BOTH, come(BOTH, 3, 1_600), QUEUES).serve()

    late = [n for n, c in enumerate(customers) if c.arrives > FLOODED_AT + 180 * MINUTE]
    assert [outcomes[n].wait for n in late] == [without[n - FLOODED].wait for n in late]


def test_a_flood_reaches_no_queue_with_agents_of_its_own():
    """Each contact of the calm queue has the same wait and agent, with the flood and without."""
    ordinary = come(APART, 4, 500)
    flooded = _with_a_flood(ordinary)

    assert _calm(flooded, Served(APART, flooded, QUEUES).serve()) == _calm(
        ordinary, Served(APART, ordinary, QUEUES).serve()
    )


@pytest.mark.parametrize(("seeds", "size"), [(10, 800), pytest.param(20, 8_000, marks=LONG)])
def test_a_queue_with_a_tenth_of_the_arrivals_waits_as_long_as_all(seeds: int, size: int):
    """M/M/10 over both queues says how long; each of them waits so, the small one too."""
    law = delay(10, 1 / BOTH.gap, 1 / BOTH.service)
    value = mean_wait(law.mean / 1_000, 1_000)
    batches: dict[int, list[Batch]] = {CALM: [], FLOOD: []}
    for seed in range(seeds):
        customers = _a_tenth_calm(come(BOTH, seed, size, there_in_a_pool(BOTH, seed)), size)
        outcomes = Served(BOTH, customers, QUEUES).serve()
        for kind, found in batches.items():
            pairs = list(zip(customers, outcomes, strict=True))[-size:]
            found.append(value.of([o for c, o in pairs if c.kind == kind]))
    for kind, found in batches.items():
        comparison = compare(f"{QUEUES[kind]}: {value.what}", found, value.exact, COMPARED)
        print(comparison)
        assert comparison.agrees, str(comparison)


def returns_of(breaks: int, hours: int) -> tuple[list[tuple[str, int, list[str]]], Idleness]:
    """Return who came back from a break when, and which equals were free just then."""
    shift, _, idleness = a_shift(5)
    shift.flow(6_000, 0, hours * 60 * MINUTE, lambda: shift.bring("line"))
    every = hours * 60 * MINUTE / breaks
    returns: list[tuple[str, int, list[str]]] = []

    def come_back(name: str) -> None:
        returns.append((name, shift.now, list(idleness.since)))
        shift.come_back(name)

    for n in range(breaks):
        name, begin = NAMES[n % len(NAMES)], n * every
        shift.at(begin, lambda name=name: shift.pause(name))
        shift.at(begin + every / 2, lambda name=name: come_back(name))
    shift.work(hours * 60 * MINUTE)
    return [back for back in returns if back[2]], idleness


@pytest.mark.parametrize(("breaks", "hours"), [(150, 10), pytest.param(2_000, 133, marks=LONG)])
def test_an_agent_who_returns_from_a_break_gets_no_flood(breaks: int, hours: int):
    """Against equals who are free just then: who gets the next customer, and two minutes' offers.

    Who was idle before the break goes on from there; who was not stands last, as after every
    contact. Were the break itself idle time, the next customer would nearly always be theirs.
    """
    returns, idleness = returns_of(breaks, hours)
    offers = sorted((at, name) for name, instants in idleness.offers.items() for at in instants)
    first, many = [], []
    for name, at, free in returns:
        begin, end = (bisect_left(offers, (at + t, "")) for t in (0, 2 * MINUTE))
        soon = Counter(other for _, other in offers[begin:end])
        is_next = begin < len(offers) and offers[begin][1] == name
        first.append(Batch(is_next - 1 / (len(free) + 1), 1))
        many.append(Batch(soon[name] - mean(soon[equal] for equal in free), 1))
    assert not idleness.wrong
    for what, batches in (("next customer", first), ("offers in two minutes", many)):
        comparison = compare(f"{what}, more than equals", batches, 0.0, COMPARED)
        print(f"{what}, more than equals: {comparison.measured:.3f} ± {comparison.interval:.2f}")
        assert comparison.measured <= comparison.interval


def test_an_agent_who_returns_to_a_busy_floor_takes_turns():
    """Everybody has room for four chats; of the next 28 the one who returns gets two, as all do."""
    policy = a_plain_policy((), ("line",))
    roomy = (ChannelCapacity(channels=(Channel.CHAT,), slots=4), *ONLY_ONE_CHAT[1:])
    agents = [RosterAgent(agent_id=name, capacities=roomy) for name in NAMES]
    shift = Shift(policy, agents, 1, service=10**9 * MINUTE)
    got: list[str] = []
    shift.watchers.append(lambda d, at: got.append(d.agent_id) if type(d) is OfferMade else None)
    shift.pause(NAMES[3])
    for n in range(26):
        shift.at(1_000 * (n + 1), lambda: shift.bring("line"))
    shift.at(10 * MINUTE, lambda: shift.come_back(NAMES[3]))
    for n in range(28):
        shift.at(11 * MINUTE + 1_000 * n, lambda: shift.bring("line"))
    shift.work(12 * MINUTE)

    assert NAMES[3] not in got[:26]
    assert Counter(got[26:]) == dict.fromkeys(NAMES, 2)


def _with_a_flood(customers: list[Customer]) -> list[Customer]:
    """Three hundred more come to the flooded queue within a minute; each takes half as long."""
    flood = [
        Customer(round(FLOODED_AT + n * MINUTE / FLOODED), FLOOD, 20_000 + 37 * n, float("inf"))
        for n in range(FLOODED)
    ]
    return sorted([*customers, *flood], key=lambda customer: customer.arrives)


def _a_tenth_calm(customers: list[Customer], size: int) -> list[Customer]:
    there = len(customers) - size
    return [
        replace(customer, kind=CALM if (n - there) % 10 == 0 else FLOOD)
        for n, customer in enumerate(customers)
    ]


def _calm(customers: list[Customer], outcomes: list[Outcome]) -> list[tuple[Customer, Outcome]]:
    return [(c, o) for c, o in zip(customers, outcomes, strict=True) if c.kind == CALM]
