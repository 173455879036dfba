"""The formulas agree with each other, with their limits, and with what was published."""

from itertools import product
from math import exp, factorial

import pytest

from .formulas import (
    birth_death,
    delay,
    erlang_a,
    erlang_a_by_series,
    erlang_b,
    erlang_c,
    erlang_c_by_sum,
    shared_room,
)

POINTS = ((1, 0.5), (2, 1.9), (5, 4.0), (14, 10.0), (50, 48.0))


@pytest.mark.parametrize(("servers", "load"), POINTS)
def test_erlang_b_is_the_full_state_of_its_chain(servers: int, load: float):
    law = birth_death([load] * servers, range(1, servers + 1))

    assert erlang_b(servers, load) == pytest.approx(law[-1], rel=1e-12)


@pytest.mark.parametrize(("servers", "load"), POINTS)
def test_erlang_c_by_recursion_is_erlang_c_by_its_sums(servers: int, load: float):
    assert erlang_c(servers, load) == pytest.approx(erlang_c_by_sum(servers, load), rel=1e-12)


def test_one_server_waits_with_the_probability_that_it_is_busy():
    assert erlang_c(1, 0.5) == pytest.approx(0.5)
    assert delay(1, 0.5, 1).mean == pytest.approx(1.0)


def test_published_values_of_erlang_c():
    law = delay(50, 48, 1)

    assert erlang_c(14, 10.0) == pytest.approx(0.1741319336, abs=5e-11)
    assert law.mean * 60 == pytest.approx(20.83, abs=0.005)
    assert law.quantile(0.9) * 60 == pytest.approx(58.1, abs=0.05)
    assert law.above(law.quantile(0.9)) == pytest.approx(0.1)


def test_published_values_of_erlang_a():
    exact = erlang_a(50, 48, 1, 1 / 2)

    assert exact.abandons == pytest.approx(0.0309, abs=0.00005)
    assert exact.mean_wait * 60 == pytest.approx(3.71, abs=0.005)
    assert exact.waits == pytest.approx(0.468, abs=0.0005)


@pytest.mark.parametrize("patience", [0.01, 0.5, 1.0, 7.0])
@pytest.mark.parametrize(("servers", "load"), [*POINTS, (10, 12.0)])
def test_erlang_a_by_its_chain_is_erlang_a_by_palms_series(
    servers: int, load: float, patience: float
):
    chain, series = (f(servers, load, 1.0, patience) for f in (erlang_a, erlang_a_by_series))

    assert chain.waits == pytest.approx(series.waits, rel=1e-9)
    assert chain.abandons == pytest.approx(series.abandons, rel=1e-8)
    assert chain.mean_wait == pytest.approx(series.mean_wait, rel=1e-8)


def test_erlang_a_between_its_limits():
    """No patience: Erlang B. Patience for ever: Erlang C. Leaving like being served: M/M/∞."""
    poisson = [exp(-4.0) * 4.0**n / factorial(n) for n in range(5)]

    assert erlang_a(5, 4.0, 1.0, 1e7).abandons == pytest.approx(erlang_b(5, 4.0), rel=1e-5)
    assert erlang_a(5, 4.0, 1.0, 1e-9).waits == pytest.approx(erlang_c(5, 4.0), rel=1e-6)
    assert erlang_a(5, 4.0, 1.0, 1.0).waits == pytest.approx(1 - sum(poisson), rel=1e-12)


def test_published_values_of_wallace_and_whitt():
    """With one skill each. Theirs, 0.0383 and 2.45 min, are simulated; these are exact."""
    exact = shared_room(6, 15, 1.40, 0.1, 30)

    assert exact.blocked == pytest.approx(0.0383, abs=0.0005)
    assert exact.mean_wait == pytest.approx(2.45, abs=0.01)


def test_a_shared_room_between_its_limits():
    """One group: M/M/c/K. No room: Erlang B. Endless room: Erlang C."""
    law = birth_death([8.4] * 120, [min(n, 90) * 0.1 for n in range(1, 121)])

    assert shared_room(1, 90, 8.4, 0.1, 30).blocked == pytest.approx(law[-1], rel=1e-9)
    assert shared_room(6, 15, 1.4, 0.1, 0).blocked == pytest.approx(erlang_b(15, 14.0))
    assert shared_room(3, 15, 1.2, 0.1, 900).mean_wait == pytest.approx(delay(15, 1.2, 0.1).mean)


def test_a_shared_room_solves_its_balance_equations():
    """Two groups of one agent with two places: the law by product is the law by elimination."""
    rate, places = 0.8, 2
    exact = shared_room(2, 1, rate, 1.0, places)
    states = [s for s in product(range(4), repeat=2) if _waiting(s) <= places]
    law = dict(zip(states, _stationary(states, rate, places), strict=True))
    full = [s for s in states if _waiting(s) == places]
    blocked = sum(law[s] * sum(n >= 1 for n in s) / 2 for s in full)
    waiting = sum(share * _waiting(s) for s, share in law.items())

    assert exact.blocked == pytest.approx(blocked, rel=1e-10)
    assert exact.mean_wait == pytest.approx(waiting / (2 * rate * (1 - blocked)), rel=1e-10)


def _waiting(state: tuple[int, ...]) -> int:
    return sum(max(n - 1, 0) for n in state)


def _stationary(states: list[tuple[int, ...]], rate: float, places: int) -> list[float]:
    """Solve πQ = 0, Σπ = 1 by Gauss and Jordan."""
    size, index = len(states), {state: n for n, state in enumerate(states)}
    rows = [[0.0] * size + [0.0] for _ in range(size)]
    for state, n in index.items():
        for group in range(2):
            for change, speed in ((1, rate), (-1, 1.0)):
                to = tuple(c + change * (g == group) for g, c in enumerate(state))
                if to in index:
                    rows[index[to]][n] += speed
                    rows[n][n] -= speed
    rows[-1] = [1.0] * (size + 1)
    for column in range(size):
        pivot = max(range(column, size), key=lambda r: abs(rows[r][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [value / rows[column][column] for value in rows[column]]
        for other in range(size):
            if other != column and rows[other][column]:
                times = rows[other][column]
                pairs = zip(rows[other], rows[column], strict=True)
                rows[other] = [value - times * base for value, base in pairs]
    return [row[-1] for row in rows]
