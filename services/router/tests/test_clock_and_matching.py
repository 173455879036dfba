"""Engine time, explanations, and the structures that speed needs."""

import random

from router.domain.clock import Clock
from router.domain.line import Lines
from router.domain.memory import DAY, Memory
from router.domain.offer_decisions import OfferMade
from router.domain.queues import Ageing, Queue, Ring

from .scenario import Scenario
from .workspaces import a_policy, needs

NOON = 1_700_000_000_000


def test_engine_time_follows_the_stamps_and_is_never_ahead():
    clock = Clock()

    assert [clock.move(NOON + n, True) - NOON for n in (0, 500, 1700, 1700)] == [0, 500, 1700, 1700]


def test_an_outage_moves_engine_time_by_two_seconds_only():
    clock = Clock()
    clock.move(NOON, True)

    assert clock.move(NOON + 600_000, True) == NOON + 2_000


def test_engine_time_never_goes_back():
    clock = Clock()
    clock.move(NOON, True)

    assert clock.move(NOON - 300_000, True) == NOON
    assert clock.move(NOON - 299_000, True) == NOON + 1_000


def test_a_clock_that_leads_for_one_record_costs_two_seconds_not_the_lead():
    clock = Clock()
    clock.move(NOON, True)
    clock.move(NOON + 10_000_000, True)

    assert clock.move(NOON + 1_000, True) == NOON + 2_000
    assert clock.move(NOON + 2_000, True) == NOON + 3_000


def test_a_lag_is_made_good_slowly_while_timers_run():
    """A ring of 15 s must not be over in a moment because the broker was away for an hour."""
    clock = Clock()
    clock.move(NOON, True)
    clock.move(NOON + 3_600_000, True)
    began = clock.now
    for second in range(1, 16):
        clock.move(NOON + 3_600_000 + second * 1_000, True)

    assert clock.now - began == 15_000 * 5 // 4


def test_without_timers_a_lag_is_made_good_at_once():
    clock = Clock()
    clock.move(NOON, True)
    clock.move(NOON + 10_000, True)

    assert [clock.move(NOON + 10_000, False) - NOON for _ in range(5)] == [
        *(4_000, 6_000, 8_000, 10_000, 10_000)
    ]


def test_lines_are_one_sorted_list_by_aged_priority_whatever_is_done():
    chance = random.Random(5)
    lines, naive = Lines("queue", Ageing(every_seconds=0.1, step=2, most=7)), []
    for number in range(5_000):
        if naive and chance.random() < 0.45:
            lines.remove(naive.pop(chance.randrange(len(naive))))
        else:
            naive.append((-chance.randint(0, 3), chance.randint(0, 1_000), f"c{number}"))
            lines.add(naive[-1])
        if number % 50 == 0:
            now, until = chance.randint(500, 2_000), chance.randint(0, 1_200)
            ordered = sorted(
                (p - min(max(now - since, 0) // 100 * 2, 7), since, id)
                for p, since, id in naive
                if since <= until
            )
            assert lines.best(7, now, until) == ordered[:7]
            assert lines.first(now, until) == (ordered[0] if ordered else None)
            assert lines.head == min(naive, default=None)
            assert lines.count == len(naive)
            assert lines.count_until(until) == len(ordered)
            for priority in range(5):
                of_it = sorted(rank for rank in naive if rank[0] == -priority)
                assert lines.first_of_priority(priority) == (of_it[0] if of_it else None)


def test_without_ageing_the_best_of_all_priorities_come_first():
    chance = random.Random(6)
    lines = Lines("queue", None)
    naive = [(-chance.randint(0, 3), chance.randint(0, 99), f"c{n}") for n in range(2_000)]
    for rank in naive:
        lines.add(rank)

    assert lines.best(1_500, 100, 100) == sorted(naive)[:1_500]
    assert lines.best(5, 100, 50) == sorted(r for r in naive if r[1] <= 50)[:5]


def test_what_is_over_is_remembered_for_a_day_and_not_without_limit():
    memory: Memory[str] = Memory(limit=3)
    for number in range(5):
        memory.keep(f"c{number}", "ended", now=NOON + number)
    memory.keep("late", "ended", now=NOON + DAY + 3)

    assert [id for id, _, _ in memory.items()] == ["c4", "late"]


def test_an_offer_says_why():
    scenario = Scenario()
    for command in [
        *("agent ana skills=billing", "tick 5s", "agent bob skills=billing"),
        *("agent cem skills=sales", "agent dia skills=billing presence=break"),
    ]:
        scenario.obey(command.replace("presence=break", "presence=offline"))
    scenario.obey("contact c1 queue=billing")
    why = _offers(scenario)[0].explanation

    assert (why.question, why.candidate_count) == ("agent_for_contact", 4)
    assert why.dropped == (("missing_skill", 1), ("offline", 1))
    assert [candidate.id for candidate in why.best] == ["ana", "bob"]
    assert why.best[0].compared == (("idle_seconds", "5.000"),)
    assert why.sentence == "ana has been idle longest of 2 free agents"


def test_an_agent_who_becomes_free_is_told_who_else_waited():
    scenario = Scenario()
    for number in range(8):
        scenario.obey(f"contact c{number} queue=billing channel=chat priority={number % 2}")
    scenario.obey("contact other queue=sales")
    scenario.obey("agent ana skills=billing")
    first, second = _offers(scenario)

    assert (first.contact_id, second.contact_id) == ("c1", "c3")
    assert (first.explanation.question, first.explanation.candidate_count) == (
        *("contact_for_agent", 9),
    )
    assert first.explanation.dropped == (("not_eligible", 1),)
    assert [c.id for c in first.explanation.best] == ["c1", "c3", "c5", "c7", "c0"]


def _offers(scenario):
    steps = scenario.log.steps
    return [d.decision for s in steps for d in s.decisions if isinstance(d.decision, OfferMade)]


def test_an_offer_names_the_ring_as_the_queue_numbers_them():
    """Here the first ring admits nobody more: who comes with the second was admitted by that."""
    rings = (Ring(after_seconds=10, needs=needs("billing")), Ring(after_seconds=20))
    queue = Queue(name="billing", requirements=needs("billing"), rings=rings)
    scenario = Scenario(a_policy(queues=(queue,)))
    scenario.run(["agent cem skills=sales", "contact c1 queue=billing", "tick 20s"])
    decided = [d.decision for step in scenario.log.steps for d in step.decisions]
    (made,) = [one for one in decided if isinstance(one, OfferMade)]

    assert made.ring == 2
    assert ("ring", "2") in made.explanation.best[0].compared


def test_what_a_time_that_was_over_brought_says_when_it_was_and_what_followed_does_not():
    """The customer is called at once: that time is over in the very step that asks for it."""
    scenario = Scenario()
    scenario.run(["agent ana", "contact c1 queue=anyone", "tick 1s", "c1 asks callback"])
    step = scenario.log.steps[-2]
    due = {type(one.decision).__name__: one.due_at for one in step.decisions}

    assert due["CallbackTaken"] is None
    assert due["VisitOpened"] == scenario.log.engine.workspace.now
    assert due["OfferMade"] is None
