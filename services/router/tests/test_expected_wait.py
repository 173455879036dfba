"""The range that a customer is told is kept as often as it says, and is the same in a replay."""

import json
import random

import pytest

from router.domain.calibration import MAX_RATIO, WINDOW, Calibration
from router.domain.expected_wait import MAX_OPEN, STARTS, WaitEstimator, WaitRange

from .waiting_line import WaitingLine, exponential

MEAN_SERVICE = 180.0
HOURS = 3600
WARM = 500


def steady(load: float, agents: int, patience: float | None = None, service=None) -> dict:
    return {
        "rate": lambda _: load * agents / MEAN_SERVICE,
        "agents": lambda _: agents,
        "service": service or exponential(MEAN_SERVICE),
        "patience": exponential(patience) if patience else None,
    }


def stepping(rate, agents, patience: float) -> dict:
    """Two hours of the first, two of the second, and so on."""
    return {
        "rate": lambda now: rate[int(now // (2 * HOURS)) % 2] / MEAN_SERVICE,
        "agents": lambda now: agents[int(now // (2 * HOURS)) % 2],
        "service": exponential(MEAN_SERVICE),
        "patience": exponential(patience),
    }


LINES = {
    "M/M/10 at 90 %": steady(0.9, 10),
    "M/M/10 at 97 %": steady(0.97, 10),
    "M/M/10+M at 110 %": steady(1.1, 10, 120),
    "M/M/10+M at 150 %": steady(1.5, 10, 180),
    "M/M/100+M at 110 %": steady(1.1, 100, 120),
    "M/G/10+M, service with a long tail": steady(
        1.1, 10, 120, lambda chance: MEAN_SERVICE * chance.lognormvariate(-0.5, 1.0)
    ),
    "the load steps from 80 % to 130 %": stepping((8, 13), (10, 10), 300),
    "the agents step from 12 to 7": stepping((9.5, 9.5), (12, 7), 300),
}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", LINES)
def test_eight_in_ten_wait_as_long_as_they_were_told(name, seed):
    """For all who were told, had they stayed, and for those who did stay."""
    told = [t for t in WaitingLine(seed, **LINES[name]).run(6_000)[WARM:] if t.range]
    answered = [t for t in told if t.is_answered]

    assert len(told) > 5_000
    assert 0.75 <= share_kept(told) <= 0.86
    assert 0.75 <= share_kept(answered) <= 0.86


@pytest.mark.parametrize("coverage", [0.5, 0.9, 0.95])
def test_another_coverage_is_kept_as_well(coverage):
    line = WaitingLine(5, **LINES["M/M/10+M at 110 %"], coverage=coverage)
    told = [t for t in line.run(4_000)[WARM:] if t.range]

    assert len(told) > 3_000
    assert coverage - 0.05 <= share_kept(told) <= coverage + 0.07
    assert {t.range.coverage for t in told} == {coverage}


def test_a_coverage_that_changes_counts_for_the_next_and_what_was_learned_stays():
    estimator, later = WaitEstimator(), 200 * 600_000
    for number in range(200):
        now = number * 600_000
        estimator.entered(str(number), 0, now)
        estimator.started(str(number), now + 60_000 + number % 50 * 6_000)
    told = [estimator.entered(f"next {share}", 0, later, share) for share in (0.8, 0.5, 0.95, 0.8)]
    widths = [t.high_seconds - t.low_seconds for t in told]

    assert [t.coverage for t in told] == [0.8, 0.5, 0.95, 0.8]
    assert widths[1] < widths[0] < widths[2]


def test_the_ends_of_a_high_coverage_need_more_to_lie_among():
    """Of 38 the least and the greatest are passed by one in 39 each: more than one in 40."""
    known = Calibration()
    known.cover(950)
    for ratio in range(1, 39):
        known.add(ratio, is_bound=False)
    before = known.is_enough
    known.add(39, is_bound=False)

    assert not before
    assert (known.low, known.high) == (1, 39)


def test_an_older_dump_is_of_the_usual_coverage():
    known = Calibration()
    for ratio in range(1, 30):
        known.add(ratio, is_bound=False)
    count, low, high, coverage, recent = known.dump()

    assert coverage == 800
    assert Calibration.load([count, low, high, recent]).dump() == known.dump()


@pytest.mark.parametrize("name", ["M/M/10 at 90 %", "M/M/10+M at 110 %"])
def test_the_promise_is_kept_at_the_head_of_the_line_and_far_back(name):
    told = [t for t in WaitingLine(3, **LINES[name]).run(6_000)[WARM:] if t.range]
    first, later = [t for t in told if t.ahead < 3], [t for t in told if t.ahead >= 7]

    assert 0.75 <= share_kept(first) <= 0.88
    assert 0.74 <= share_kept(later) <= 0.88
    assert spread(later) < 4 < spread(first)


def test_a_range_is_never_negative_and_never_upside_down():
    for name, line in LINES.items():
        for told in WaitingLine(4, **line).run(1_000):
            if told.range:
                assert 0 <= told.range.low_seconds <= told.range.high_seconds, name
                assert told.range.high_seconds > 0


def test_nothing_is_told_before_twenty_were_answered_who_had_a_guess():
    """Eleven starts make a guess possible, twenty more answers show what guesses are worth."""
    estimator = WaitEstimator()
    told = [one_after_another(estimator, number) for number in range(40)]

    assert told[:31] == [None] * 31
    assert all(told[31:])


def test_the_same_wait_each_time_is_told_as_it_is():
    estimator = WaitEstimator()
    for number in range(300):
        told = one_after_another(estimator, number)

    assert told == WaitRange(low_seconds=60, high_seconds=60, coverage=0.8)


def test_an_hour_in_which_nobody_waits_does_not_look_like_slow_service():
    estimator = WaitEstimator()
    for number in range(100):
        one_after_another(estimator, number)

    assert one_after_another(estimator, 160) == WaitRange(low_seconds=60, high_seconds=60)


def test_a_line_that_stands_still_is_told_longer_waits():
    estimator = WaitEstimator()
    for number in range(100):
        one_after_another(estimator, number)
    before = estimator.entered("stuck", 0, 100 * 60_000)
    after = estimator.entered("next", 0, 130 * 60_000)

    assert after.low_seconds > 2 * before.high_seconds


def test_who_left_counts_as_one_who_would_have_waited_longer():
    """Twenty waited 1.0 to 2.9; of forty who left at 1.5 nobody knows but that it was too short."""
    forgotten, mistaken, honest = Calibration(), Calibration(), Calibration()
    for ratio in range(1000, 3000, 100):
        forgotten.add(ratio, is_bound=False)
        for known in (mistaken, honest):
            for _ in range(2):
                known.add(1500, is_bound=known is honest)
            known.add(ratio, is_bound=False)

    assert (forgotten.low, forgotten.high) == (1100, 2800)
    assert (mistaken.low, mistaken.high) == (1500, 2400)
    assert (honest.low, honest.high) == (1500, 2900)


def test_the_quantiles_of_exact_ratios_are_those_of_conformal_prediction():
    """Of n, those of rank (n + 1) / 10 down and 9 (n + 1) / 10 up: of 20, the 2nd and 19th."""
    few = Calibration()
    for ratio in range(20, 0, -1):
        few.add(ratio, is_bound=False)

    assert (few.low, few.high) == (2, 19)


def test_the_window_and_the_open_visits_are_bounded():
    estimator = WaitEstimator()
    for number in range(MAX_OPEN + 10):
        estimator.entered(f"v{number}", number, number)
    for number in range(MAX_OPEN + 10):
        estimator.started(f"v{number}", 10_000_000 + number)
    calibration = Calibration()
    for number in range(WINDOW * 3):
        calibration.add(MAX_RATIO * 2 if number % 2 else number, is_bound=number % 3 == 0)

    assert estimator.dump()["open"] == []
    assert len(estimator.dump()["starts"]) == STARTS + 1
    assert len(calibration.dump()[-1]) == WINDOW
    assert max(calibration.dump()[-1]) <= MAX_RATIO * 2 + 1


def test_visits_that_never_waited_change_nothing():
    estimator = WaitEstimator()
    one_after_another(estimator, 0)
    before = estimator.dump()
    estimator.started("at once", 60_000)
    estimator.left("never seen", 60_000)

    assert estimator.dump() == before


def test_a_clock_that_goes_back_does_no_harm():
    estimator = WaitEstimator()
    chance = random.Random(5)
    for number in range(2_000):
        now = 1_000_000 + chance.randrange(-500_000, 500_000)
        told = estimator.entered(str(number), chance.randrange(200), now)
        other = str(chance.randrange(number + 1))
        estimator.started(other, now - 1) if chance.random() < 0.6 else estimator.left(other, now)

        assert told is None or 0 <= told.low_seconds <= told.high_seconds


@pytest.mark.parametrize("name", ["M/M/10+M at 150 %", "the agents step from 12 to 7"])
def test_what_was_dumped_tells_the_same_afterwards(name):
    """At any moment, through JSON: the same dump again and the same ranges from then on."""
    straight, stopped = WaitingLine(6, **LINES[name]), WaitingLine(6, **LINES[name])
    expected = straight.run(1_500)
    for customers in range(0, 1_500, 97):
        stopped.run(customers)
        data = stopped.estimator.dump()
        stopped.estimator = WaitEstimator.load(json.loads(json.dumps(data)))
        assert stopped.estimator.dump() == data

    assert stopped.run(1_500) == expected
    assert stopped.estimator.dump() == straight.estimator.dump()


def one_after_another(estimator: WaitEstimator, number: int) -> WaitRange | None:
    """Somebody enters each minute and is answered after a minute."""
    told = estimator.entered(str(number), 0, number * 60_000)
    estimator.started(str(number), (number + 1) * 60_000)
    return told


def share_kept(told) -> float:
    return sum(t.is_kept() for t in told) / len(told)


def spread(told) -> float:
    """The median of how many times the low end goes into the high end."""
    ratios = sorted(t.range.high_seconds / max(t.range.low_seconds, 1) for t in told)
    return ratios[len(ratios) // 2]
