"""How far the truth strays from a guess: quantiles that do not forget those who left early."""

from bisect import bisect_left, insort
from collections import deque
from typing import Any

WINDOW = 200
ENOUGH = 20
"""Exact ratios before anything is told; a coverage above 0.9 needs more."""
USUAL = 800
"""The coverage in thousandths while the policy tells nobody."""
REFRESH = 10
"""The quantiles are taken again after so many ratios, as that costs a walk through the window."""
MAX_RATIO = 1_000_000
WHOLE = 1_000_000_000


class Calibration:
    """The last ratios of truth to guess, in thousandths, and where the middle of them lies.

    How much of them is the middle, the coverage says, in thousandths too.

    A customer who left early shows only that the truth would have been more than that: such a
    ratio is a lower bound. The quantiles are those of the Kaplan-Meier curve, which shares the
    weight of a bound out among all greater ratios. To leave the bounds out would promise short
    waits wherever the impatient leave; to take them for waits would do the same.
    Integers only, so that every machine finds the same.
    """

    def __init__(self) -> None:
        self.low = self.high = 0
        self._coverage = USUAL
        self._count = 0
        self._exact = 0
        self._recent: deque[int] = deque()
        self._sorted: list[int] = []

    @property
    def is_enough(self) -> bool:
        """Whether low and high may be used."""
        return self.high > 0

    def cover(self, coverage: int) -> None:
        """Let low and high be of this coverage from now on."""
        if coverage != self._coverage:
            self._coverage, self.low, self.high = coverage, 0, 0
            if self._exact >= self._enough():
                self.low, self.high = self._quantiles()

    def add(self, ratio: int, *, is_bound: bool) -> None:
        """Remember the ratio; the oldest beyond the window is forgotten."""
        # An odd sample is a bound, so that at the same ratio the exact ones come first.
        self._keep(min(ratio, MAX_RATIO) * 2 + is_bound)
        if len(self._recent) > WINDOW:
            oldest = self._recent.popleft()
            del self._sorted[bisect_left(self._sorted, oldest)]
            self._exact -= not oldest % 2
        self._count += 1
        if self._exact >= self._enough() and (self._count % REFRESH == 0 or not self.is_enough):
            self.low, self.high = self._quantiles()

    def dump(self) -> list[Any]:
        """Return it as a list of numbers and a list."""
        return [self._count, self.low, self.high, self._coverage, list(self._recent)]

    @classmethod
    def load(cls, data: list[Any]) -> "Calibration":
        """Return it as it was dumped; an older dump says no coverage."""
        found = cls()
        found._count, found.low, found.high, *coverage, recent = data
        found._coverage = coverage[0] if coverage else USUAL
        for sample in recent:
            found._keep(sample)
        return found

    def _keep(self, sample: int) -> None:
        self._recent.append(sample)
        insort(self._sorted, sample)
        self._exact += not sample % 2

    def _enough(self) -> int:
        """Return how many exact ratios are needed for both ends to lie among them."""
        return max(ENOUGH, -(-2000 // (1000 - self._coverage)) - 1)

    def _quantiles(self) -> tuple[int, int]:
        """Return the ratios between which the next one lies with the coverage or a little more.

        With n exact ratios, no bounds and a coverage of 80 % these are the samples of rank
        (n + 1) / 10 and 9 (n + 1) / 10, which is what conformal prediction asks for. When so
        many left that the curve does not come down to 10 %, the greatest ratio seen is the
        upper end.
        """
        whole, next_one = 2000 * self._exact, self._exact + 1
        low_share = WHOLE * (whole - next_one * (1000 - self._coverage)) // whole
        high_share = WHOLE * (whole - next_one * (1000 + self._coverage)) // whole
        low, share = 0, WHOLE
        for passed, sample in enumerate(self._sorted):
            if sample % 2:
                continue
            at_risk = len(self._sorted) - passed
            share = share * (at_risk - 1) // at_risk
            if share >= low_share:
                low = sample // 2
            if share <= high_share:
                return low, max(sample // 2, 1)
        return low, max(self._sorted[-1] // 2, 1)
