"""Patience: the Kaplan–Meier estimate against published tables and calculations by hand."""

import math
import random

import pytest

from router.simulation.chance import generator, uniform
from router.simulation.survival import Wait, kaplan_meier

# Freireich and others, 1963: weeks of remission of 21 leukemia patients on 6-MP, + is censored.
REMISSION = "6 6 6 7 10 13 16 22 23 6+ 9+ 10+ 11+ 17+ 19+ 20+ 25+ 32+ 32+ 34+ 35+"
REMISSION_TABLE = {
    6: (0.857, 0.0764),
    7: (0.807, 0.0869),
    10: (0.753, 0.0963),
    13: (0.690, 0.1068),
    16: (0.627, 0.1141),
    22: (0.538, 0.1282),
    23: (0.448, 0.1346),
}
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"
# Miller, 1981: weeks of remission in acute myelogenous leukemia, maintained chemotherapy.
MAINTAINED = "9 13 13+ 18 23 28+ 31 34 45+ 48 161+"
MAINTAINED_TABLE = {
    9: (0.909, 0.0867),
    13: (0.818, 0.1163),
    18: (0.716, 0.1397),
    23: (0.614, 0.1526),
    31: (0.491, 0.1642),
    34: (0.368, 0.1627),
    48: (0.184, 0.1535),
}


def waits(text: str) -> list[Wait]:
    return [Wait(float(word.rstrip("+")), not word.endswith("+")) for word in text.split()]


@pytest.mark.parametrize(
    ("data", "table"), [(REMISSION, REMISSION_TABLE), (MAINTAINED, MAINTAINED_TABLE)]
)
def test_the_published_tables_come_out_with_greenwoods_errors(data, table):
    curve = kaplan_meier(waits(data))

    shares = {int(t): round(s, 3) for t, s in zip(curve.times, curve.shares, strict=True)}
    errors = [round(math.sqrt(v), 4) for v in curve.variances]
    assert shares == {time: share for time, (share, _) in table.items()}
    assert errors == [error for _, error in table.values()]


def test_the_published_medians_come_out():
    assert kaplan_meier(waits(REMISSION)).median() == 23
    assert kaplan_meier(waits(PLACEBO)).median() == 8
    assert kaplan_meier(waits("5 9+ 9+")).median() is None


def test_without_censoring_it_is_the_share_that_is_left():
    curve = kaplan_meier(waits(PLACEBO))

    for time in range(25):
        left = sum(wait.length > time for wait in waits(PLACEBO)) / 21
        assert curve.at(time) == pytest.approx(left)


def test_who_is_answered_when_another_gives_up_was_at_risk():
    """By hand: 1 of 3 leaves at 5 while another is answered at 5; then 1 of 1 leaves at 8."""
    curve = kaplan_meier(waits("5 5+ 8"))

    assert curve.times == (5, 8)
    assert curve.shares == pytest.approx((2 / 3, 0))
    assert curve.variances[0] == pytest.approx((2 / 3) ** 2 * (1 / (3 * 2)))


def test_the_order_of_the_observations_does_not_matter():
    shuffled = waits(REMISSION)
    random.Random(5).shuffle(shuffled)

    assert kaplan_meier(shuffled) == kaplan_meier(waits(REMISSION))


def test_the_interval_is_log_log_by_hand():
    """At 23: S 0.4482, SE 0.1346; exp(±1.96 · SE ÷ (S · |ln S|)) = 2.0829 and its inverse."""
    low, high = kaplan_meier(waits(REMISSION)).interval(23)

    assert (round(low, 3), round(high, 3)) == (0.188, 0.680)


def test_where_nobody_has_left_yet_the_interval_says_how_many_that_tells():
    """Of 21 nobody in 5 weeks: at least 0.025 to the power of 1 ÷ 21 would stay, at 95 %."""
    assert kaplan_meier(waits(REMISSION)).interval(5) == pytest.approx((0.839, 1.0), abs=0.0005)
    assert kaplan_meier(waits("3+ 4+ 9+")).interval(3) == pytest.approx((0.158, 1.0), abs=0.0005)
    assert kaplan_meier(waits("3+ 4+ 9+")).interval(9) == (0.0, 1.0)
    assert kaplan_meier([]).interval(9) == (0.0, 1.0)


def test_where_all_have_left_a_few_might_have_stayed():
    assert kaplan_meier(waits("5 5 5")).interval(5) == pytest.approx((0.0, 0.708), abs=0.0005)
    low, high = kaplan_meier(waits("5 8")).interval(8)
    assert (low, high) == (0.0, kaplan_meier(waits("5 8")).interval(5)[1])


def test_beyond_the_longest_wait_the_interval_reaches_down_to_nobody():
    curve = kaplan_meier(waits(MAINTAINED))

    assert curve.interval(500) == (0.0, curve.interval(161)[1])
    for time in range(1, 600, 7):
        low, high = curve.interval(time)
        assert low <= curve.at(time) <= high


def test_who_waited_so_long_is_more_patient_than_that():
    curve = kaplan_meier(waits(REMISSION))

    for waited in (0, 6, 7, 22.5, 23, 30, 35, 80):
        for chance in (0.001, 0.3, 0.7, 0.999):
            assert curve.beyond(waited, chance) > waited


def test_a_drawn_patience_has_the_distribution_that_is_left():
    """Of those who waited 10, S(16) / S(10) wait longer than 16."""
    curve = kaplan_meier(waits(REMISSION))
    drawn = [curve.beyond(10, uniform(3, "draw", n)) for n in range(20_000)]

    longer = sum(length > 16 for length in drawn) / len(drawn)
    assert longer == pytest.approx(curve.at(16) / curve.at(10), abs=0.015)
    assert {d for d in drawn if d <= 23} == {13, 16, 22, 23}


def test_beyond_the_last_observation_an_exponential_goes_on():
    """By hand: the last share is 1/2 at time 10, so half of the rest leaves each 10."""
    curve = kaplan_meier(waits("4 10+"))

    assert curve.at(20) == pytest.approx(0.25)
    assert curve.beyond(10, 0.5) == pytest.approx(20)


def test_where_nobody_gave_up_patience_has_no_end():
    assert kaplan_meier(waits("3+ 4+")).beyond(4, 0.01) == math.inf
    assert kaplan_meier([]).beyond(0, 0.5) == math.inf
    assert kaplan_meier(waits("0 0+")).beyond(5, 0.5) == math.inf


def test_after_the_last_gave_up_the_mean_rate_goes_on():
    """S(8) is 0: from there the rate is 2 leavings in a total wait of 13."""
    assert kaplan_meier(waits("5 8")).beyond(8, math.exp(-2)) == pytest.approx(8 + 2 * 13 / 2)


def test_the_patience_of_a_crowd_is_found_although_most_are_answered():
    """Exponential patience of mean 60, answered after a mean of 20: three of four are censored."""
    chance = generator(11, "crowd")
    crowd = []
    for _ in range(6_000):
        patience, answered = chance.expovariate(1 / 60), chance.expovariate(1 / 20)
        crowd.append(Wait(min(patience, answered), patience < answered))
    curve = kaplan_meier(crowd)

    for time in (10, 30, 60):
        low, high = curve.interval(time)
        assert low - 0.01 < math.exp(-time / 60) < high + 0.01
    assert sum(w.is_given_up for w in crowd) / len(crowd) == pytest.approx(0.25, abs=0.03)


def test_chance_is_decided_by_seed_and_names():
    assert uniform(1, "c1", "wait") == uniform(1, "c1", "wait")
    drawn = {uniform(seed, name) for seed in range(20) for name in ("a", "b")}
    assert len(drawn) == 40
    assert all(0 < number < 1 for number in drawn)
