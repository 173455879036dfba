"""Visits, service levels and what was told: the numbers are those of docs/metrics.md."""

import pytest

from analytics.domain import steps as s
from analytics.domain.targets import PolicyTargets, Target, TargetBook

from .telling import START_MS, Telling, ended, foretold, opened, wrapped_up

T20S5 = Target(target_seconds=20, target_share=0.8, short_abandon_seconds=5)
GOLDEN_DAY = [
    (56, 10, "answered"),
    (14, 45, "answered"),
    (6, 3, "abandoned"),
    (4, 12, "abandoned"),
    (8, 60, "abandoned"),
    (3, 15, "callback_taken"),
    (4, 90, "callback_taken"),
    (5, 100, "moved"),
]


def golden_day() -> Telling:
    """Every visit enters at its own second; it is told in the order of the log."""
    events = []
    number = 0
    for count, wait, exit_ in GOLDEN_DAY:
        for _ in range(count):
            number += 1
            events.append((number * 7, opened(str(number))))
            events.append((number * 7 + wait, ended(str(number), exit_)))
    telling = Telling(billing=T20S5)
    for second, decision in sorted(events, key=lambda event: event[0]):
        telling.at(second, decision)
    return telling


def test_the_golden_day_by_our_own_definition():
    """56 of 94: all who entered but the six short abandons."""
    queue = golden_day().queue()

    assert queue.entered == 100
    assert queue.service_level.cohort == 94
    assert queue.service_level.lower == queue.service_level.upper == 56 / 94
    assert queue.service_level.completeness == 1
    assert queue.exits == {"abandoned": 18, "answered": 70, "callback_taken": 7, "moved": 5}
    assert queue.answered.mean_seconds() == (56 * 10 + 14 * 45) / 70
    assert queue.answered.quantile_seconds(0.5) == 10
    assert queue.answered.quantile_seconds(0.9) == 45


def test_undecided_visits_give_bounds_that_meet_when_they_are_decided():
    telling = Telling(billing=T20S5)
    telling.at(0, opened("a"), opened("b")).at(10, ended("a", "answered"))
    level = telling.queue().service_level
    assert (level.lower, level.upper, level.completeness, level.cohort) == (0.5, 1, 0.5, 2)

    level = telling.at(20).queue().service_level
    assert (level.lower, level.upper) == (0.5, 1)
    level = telling.at(20.001).queue().service_level
    assert (level.lower, level.upper, level.completeness) == (0.5, 0.5, 1)


def test_a_wait_of_exactly_the_target_is_in_time_and_of_exactly_s_is_short():
    telling = Telling(billing=T20S5)
    telling.at(0, opened("a"), opened("b"), opened("c"), opened("d"))
    telling.at(5, ended("c", "abandoned")).at(5.001, ended("d", "abandoned"))
    telling.at(20, ended("a", "answered")).at(20.001, ended("b", "answered"))

    level = telling.queue().service_level
    assert (level.answered_in_time, level.cohort) == (1, 3)


def test_who_is_ejected_before_waiting_is_in_no_cohort():
    telling = Telling(billing=T20S5)
    telling.at(0, opened("a"), ended("a", "ejected"), opened("b"))
    telling.at(1, ended("b", "ejected"))

    assert telling.queue().service_level.cohort == 1


def test_each_visit_is_judged_by_the_policy_under_which_it_entered():
    telling = Telling(billing=T20S5)
    telling.book.add(PolicyTargets(version=2, queues={"billing": Target(target_seconds=60)}))
    telling.at(0, opened("a")).at(1, opened("b"), policy=2)
    telling.at(41, ended("a", "answered"), ended("b", "answered"), policy=2)

    level = telling.queue().service_level
    assert (level.answered_in_time, level.cohort) == (1, 2)
    assert level.target.target_seconds == 60


def test_a_forgotten_policy_is_replaced_by_the_next_later_one():
    book = TargetBook()
    for version in (3, 7):
        book.add(PolicyTargets(version=version))

    assert [book.of_version(v).version for v in (1, 3, 4, 7, 9)] == [3, 3, 7, 7, 7]


def test_without_a_promise_nothing_is_known_of_the_service_level():
    level = Telling().at(0, opened("a")).at(1, ended("a", "answered")).queue().service_level

    assert (level.lower, level.upper, level.cohort, level.completeness) == (0, 1, 0, 1)


def test_the_channels_of_a_queue_add_up():
    telling = Telling(billing=T20S5)
    telling.at(0, opened("a", channel="voice"), opened("b", channel="chat"))
    telling.at(5, ended("a", "answered")).at(15, ended("b", "answered"))

    assert telling.queue(channel="voice").answered.mean_seconds() == 5
    assert telling.queue(channel="chat").answered.mean_seconds() == 15
    assert telling.queue().answered.mean_seconds() == 10
    assert telling.queue().entered == 2


def test_the_oldest_waiting_visit_is_the_longest_wait():
    telling = Telling().at(0, opened("a")).at(5, opened("b")).at(9, ended("a", "answered"))

    assert telling.queue().oldest_ms == START_MS + 5000
    assert telling.at(10, ended("b", "abandoned")).queue().oldest_ms is None


@pytest.mark.parametrize(
    ("exit_", "after", "outcome"),
    [
        ("answered", 59.999, "sooner"),
        ("answered", 60, "in_range"),
        ("answered", 120, "in_range"),
        ("answered", 120.001, "later"),
        ("abandoned", 30, "left"),
        ("moved", 120, "left"),
        ("abandoned", 120.001, "left_later"),
    ],
)
def test_what_was_told_is_judged_when_the_visit_ends(exit_, after, outcome):
    """Both ends of the range belong to it; nobody knows of who left before its end."""
    telling = Telling().at(0, opened("a"), foretold("a", 60, 120))
    telling.at(after, ended("a", exit_))

    assert telling.queue().estimates.outcomes == {outcome: 1}
    assert telling.queue().estimates.told == 1


def test_coverage_is_the_share_of_the_answered_whose_wait_was_as_told():
    """Eight of ten; who waits, left, or was told nothing is not among them."""
    telling = Telling()
    for number in range(14):
        telling.at(0, opened(str(number)), foretold(str(number), 10, 20))
    telling.at(0, opened("untold"))
    for number in range(8):
        telling.at(15, ended(str(number), "answered"))
    telling.at(16, ended("11", "abandoned"), ended("untold", "answered"))
    telling.at(25, ended("8", "answered"), ended("9", "answered"), ended("12", "abandoned"))

    told = telling.queue().estimates
    assert told.coverage == 0.8
    assert told.told == 14
    assert told.outcomes == {"in_range": 8, "later": 2, "left": 1, "left_later": 1}
    assert telling.queue("billing", "voice").estimates == told


def test_the_wait_that_was_told_counts_from_the_telling_and_only_the_first_one():
    telling = Telling().at(0, opened("a")).at(30, foretold("a", 50, 60))
    telling.at(40, foretold("a", 0, 1)).at(85, ended("a", "answered"))
    telling.at(90, foretold("a", 50, 60), foretold("never opened", 1, 2))

    assert telling.queue().estimates.outcomes == {"in_range": 1}
    assert telling.queue().estimates.told == 1


def test_without_an_estimate_coverage_is_0_of_none():
    told = Telling().at(0, opened("a")).at(1, ended("a", "answered")).queue().estimates

    assert (told.told, told.outcomes, told.coverage) == (0, {}, 0)


def test_a_step_that_is_not_greater_changes_nothing():
    telling = Telling().at(0, opened("a"))
    old = s.Step(workspace="main", number=1, stamped_ms=0, decisions=(ended("a", "failed"),))

    assert not telling.fold.apply(old)
    assert telling.queue().exits == {}


def test_what_ends_without_a_beginning_in_the_log_is_left_out():
    telling = Telling().at(0, ended("a", "answered"), wrapped_up("a")).at(1, opened("b"))

    assert telling.queue().entered == 1
    assert telling.queue().exits == {}
    assert telling.fold.channels == {}
