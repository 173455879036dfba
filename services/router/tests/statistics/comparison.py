"""Whether what was measured may be what the formula says, all values taken together."""

from dataclasses import dataclass
from math import inf, sqrt
from statistics import stdev

from .student import quantile

JOINT_ERROR = 1e-3
"""How probable it may be that any one of all compared values fails though all are right."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one stretch of customers gave: a sum, and over how many."""

    total: float
    count: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """A measured value, its interval at the joint error, and the exact value."""

    what: str
    exact: float
    measured: float
    interval: float

    @property
    def agrees(self) -> bool:
        return abs(self.measured - self.exact) <= self.interval

    def __str__(self) -> str:
        sign = "agrees with" if self.agrees else "CONTRADICTS"
        return f"{self.what}: {self.measured:.5g} ± {self.interval:.2g} {sign} {self.exact:.6g}"


def compare(
    what: str,
    batches: list[Batch],
    exact: float,
    compared: float,
    simulated_over: float = inf,
    rounding: float = 0.0,
) -> Comparison:
    """Hold the batches' common mean against the exact value, one of so many that are compared.

    What is tested is that each batch's total less `exact` times its count is 0 in the mean. So a
    value over a number that is itself random (the wait of those who were let in) has no bias.
    A published value that was itself simulated, over so many, is as uncertain as they make it.
    """
    count = sum(batch.count for batch in batches)
    residuals = [batch.total - exact * batch.count for batch in batches]
    t = quantile(1 - JOINT_ERROR / compared / 2, len(batches) - 1)
    error = stdev(residuals) * sqrt(len(batches)) / count * sqrt(1 + count / simulated_over)
    return Comparison(
        what=what,
        exact=exact,
        measured=sum(batch.total for batch in batches) / count,
        interval=t * error + rounding,
    )
