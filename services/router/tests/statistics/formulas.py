"""Exact values of queueing systems, from first principles; times in the unit of their rates.

A.K. Erlang, "Solution of some problems in the theory of probabilities of significance in automatic
telephone exchanges" (1917), for loss and delay; C. Palm, "Research on telephone traffic carried by
full availability groups" (1957), for impatience; detailed balance (F.P. Kelly, "Reversibility and
Stochastic Networks", 1979, sections 1.3 and 1.6) for all others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, factorial, log


def erlang_b(servers: int, load: float) -> float:
    """Return the share of arrivals that are lost when nobody may wait (Erlang's recursion)."""
    lost = 1.0
    for count in range(1, servers + 1):
        lost = load * lost / (count + load * lost)
    return lost


def erlang_c(servers: int, load: float) -> float:
    """Return the share of arrivals that wait, when all may wait for ever; needs load < servers."""
    lost, utilization = erlang_b(servers, load), load / servers
    return lost / (1 - utilization * (1 - lost))


def erlang_c_by_sum(servers: int, load: float) -> float:
    """Return the same by its definition, as a ratio of sums; for few servers."""
    beyond = load**servers / factorial(servers) / (1 - load / servers)
    return beyond / (sum(load**n / factorial(n) for n in range(servers)) + beyond)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """M/M/c: the wait is above t with probability `waits` · exp(−t ÷ `scale`)."""

    waits: float
    scale: float

    @property
    def mean(self) -> float:
        return self.waits * self.scale

    def quantile(self, share: float) -> float:
        return max(0.0, self.scale * log(self.waits / (1 - share)))

    def above(self, wait: float) -> float:
        return self.waits * exp(-wait / self.scale)


def delay(servers: int, arrival_rate: float, service_rate: float) -> Delay:
    """Return the law of the wait in M/M/c, first come first served."""
    waits = erlang_c(servers, arrival_rate / service_rate)
    return Delay(waits=waits, scale=1 / (servers * service_rate - arrival_rate))


def birth_death(births: Sequence[float], deaths: Sequence[float]) -> list[float]:
    """Return the stationary law of 0..n, from the rates up (of 0..n−1) and down (of 1..n)."""
    weights = [1.0]
    for up, down in zip(births, deaths, strict=True):
        weights.append(weights[-1] * up / down)
    total = sum(weights)
    return [weight / total for weight in weights]


@dataclass(frozen=True, slots=True, kw_only=True)
class Impatience:
    """M/M/c+M: shares of all arrivals, and the mean wait of all, those who abandon included."""

    waits: float
    abandons: float
    mean_wait: float


def erlang_a(
    servers: int, arrival_rate: float, service_rate: float, patience_rate: float
) -> Impatience:
    """Return Palm's model by its chain, cut off where nothing is left."""
    law = erlang_a_law(servers, arrival_rate, service_rate, patience_rate)
    waiting = sum((n - servers) * share for n, share in enumerate(law) if n > servers)
    return Impatience(
        waits=sum(law[servers:]),
        abandons=patience_rate * waiting / arrival_rate,
        mean_wait=waiting / arrival_rate,
    )


def erlang_a_law(
    servers: int, arrival_rate: float, service_rate: float, patience_rate: float
) -> list[float]:
    """Return the law of how many are there, waiting or served; patience rate 0 is M/M/c."""
    most = 40 * servers + 2000
    deaths = [
        min(n, servers) * service_rate + max(n - servers, 0) * patience_rate
        for n in range(1, most + 1)
    ]
    return birth_death([arrival_rate] * most, deaths)


def erlang_a_by_series(
    servers: int, arrival_rate: float, service_rate: float, patience_rate: float
) -> Impatience:
    """Return the same from Erlang B and Palm's series A(x, y) = 1 + Σ yʲ ÷ ((x+1)…(x+j))."""
    utilization = arrival_rate / (servers * service_rate)
    series = term = 1.0
    x, y, j = servers * service_rate / patience_rate, arrival_rate / patience_rate, 0
    while term > 1e-17 * series:
        j += 1
        term *= y / (x + j)
        series += term
    lost = erlang_b(servers, arrival_rate / service_rate)
    waits = series * lost / (1 + (series - 1) * lost)
    abandons = waits * (1 / (utilization * series) + 1 - 1 / utilization)
    return Impatience(waits=waits, abandons=abandons, mean_wait=abandons / patience_rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedRoom:
    """Groups of agents with one waiting room: the share refused, and the mean wait of the rest."""

    blocked: float
    mean_wait: float


def shared_room(
    groups: int, servers: int, arrival_rate: float, service_rate: float, places: int
) -> SharedRoom:
    """Return it for equal groups, each with its own arrivals (the rate is that of one group).

    Each group alone is a reversible chain; they are independent but for the states that the full
    room forbids, so the law is their product cut off there (Kelly, 1.6). Weights are summed over
    the states of a group with so many waiting; groups are put together by convolution.
    """
    load = arrival_rate / service_rate
    full = load**servers / factorial(servers)
    busy = [full * (load / servers) ** waiting for waiting in range(places + 1)]
    idle = sum(load**n / factorial(n) for n in range(servers))
    one = [idle + busy[0], *busy[1:]]
    others = [1.0] + [0.0] * places
    for _ in range(groups - 1):
        others = _together(others, one)
    law = _together(others, one)
    refused = sum(busy[waiting] * others[places - waiting] for waiting in range(places + 1))
    blocked = refused / sum(law)
    waiting = sum(count * weight for count, weight in enumerate(law)) / sum(law)
    return SharedRoom(blocked=blocked, mean_wait=waiting / (groups * arrival_rate * (1 - blocked)))


def _together(some: list[float], others: list[float]) -> list[float]:
    return [
        sum(some[part] * others[count - part] for part in range(count + 1))
        for count in range(len(some))
    ]
