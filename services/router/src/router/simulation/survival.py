"""How long people would have waited: the Kaplan–Meier estimate from waits that are cut short."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

Z95 = 1.959963984540054
TAIL = 0.025


class Wait(NamedTuple):
    """A wait, and whether it ended because the patience did; else it would have gone on."""

    length: float
    is_given_up: bool


@dataclass(frozen=True, slots=True)
class Survival:
    """S(t), the share still waiting after t: a step down at each time somebody gave up.

    Who was answered at the very time at which another gave up was still at risk then (ties).
    After the last observation the curve is completed as Brown, Hollander and Korwar do: an
    exponential through its last point; without anybody who gave up it stays at 1.
    """

    times: tuple[float, ...]
    shares: tuple[float, ...]
    variances: tuple[float, ...]
    """Greenwood's, of each share."""
    lengths: tuple[float, ...]
    """All waits, the shortest first."""
    last: float
    """The longest wait that was observed."""
    count: int
    given_up: int
    exposure: float
    """All waits together."""

    def at(self, time: float) -> float:
        """Return S(time)."""
        index = bisect_right(self.times, time)
        share = self.shares[index - 1] if index else 1.0
        if time > self.last > 0 and 0.0 < share < 1.0:
            return math.exp(math.log(share) * time / self.last)
        return share

    def interval(self, time: float) -> tuple[float, float]:
        """Return 95 % bounds of S(time), by log(-log S) so that they stay shares.

        Where nobody has left yet, or everybody, those are of Clopper and Pearson. Beyond the
        longest wait nothing was seen but that the share does not rise.
        """
        if time > self.last:
            return 0.0, self.interval(self.last)[1] if self.count else 1.0
        index = bisect_right(self.times, time)
        if not index:
            seen = self.count - bisect_right(self.lengths, time)
            return math.pow(TAIL, 1 / seen) if seen else 0.0, 1.0
        share, variance = self.shares[index - 1], self.variances[index - 1]
        if share <= 0.0:
            return 0.0, self._most_before(index)
        width = Z95 * math.sqrt(variance) / (share * abs(math.log(share)))
        return share ** math.exp(width), share ** math.exp(-width)

    def _most_before(self, index: int) -> float:
        """Return what S may be at most where all who were left gave up at once."""
        if index > 1:
            return self.interval(self.times[index - 2])[1]
        return 1.0 - math.pow(TAIL, 1 / self.count)

    def median(self) -> float | None:
        """Return when half have given up; None when that was not observed."""
        return next((t for t, s in zip(self.times, self.shares, strict=True) if s <= 0.5), None)

    def beyond(self, waited: float, chance: float) -> float:
        """Return a patience of one who has waited so long: the t with S(t) = chance · S(waited).

        Always more than `waited`; infinite when nobody ever gave up, or waited at all.
        """
        if not self.given_up or not self.last:
            return math.inf
        share = self.at(waited)
        if share <= 0.0:
            return waited + max(-math.log(chance) * self.exposure / self.given_up, 1.0)
        wanted = chance * share
        index = bisect_left(self.shares, -wanted, key=lambda s: -s)
        while index < len(self.times) and self.times[index] <= waited:
            index += 1
        if index < len(self.times):
            return self.times[index]
        floor = self.shares[-1]
        return max(self.last * math.log(wanted) / math.log(floor), waited + 1.0)


def kaplan_meier(waits: Iterable[Wait]) -> Survival:
    """Return the estimate, with Greenwood's variance."""
    ordered = sorted(waits)
    times: list[float] = []
    shares: list[float] = []
    variances: list[float] = []
    share, greenwood, index, count = 1.0, 0.0, 0, len(ordered)
    while index < count:
        time, at_risk, events = ordered[index].length, count - index, 0
        while index < count and ordered[index].length == time:
            events += ordered[index].is_given_up
            index += 1
        if not events:
            continue
        share *= (at_risk - events) / at_risk
        greenwood += events / (at_risk * (at_risk - events)) if at_risk > events else 0.0
        times.append(time)
        shares.append(share)
        variances.append(share * share * greenwood)
    return Survival(
        times=tuple(times),
        shares=tuple(shares),
        variances=tuple(variances),
        lengths=tuple(wait.length for wait in ordered),
        last=ordered[-1].length if ordered else 0.0,
        count=count,
        given_up=sum(wait.is_given_up for wait in ordered),
        exposure=sum(wait.length for wait in ordered),
    )
