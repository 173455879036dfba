"""Durations counted in buckets: exact sums, bounded memory, mergeable, a stated error.

A bucket is named by its upper edge in seconds and holds what is above the edge before and not
above its own: edges are 1 s apart up to 10 minutes, 10 s up to an hour, a minute up to 30 days.
So "at most T" is exact for every T on an edge, and a quantile is at most one bucket too high.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

FINE_MS, MIDDLE_MS, LONGEST_MS = 600_000, 3_600_000, 30 * 86_400_000


@dataclass(slots=True)
class Durations:
    """How long things took."""

    count: int = 0
    sum_ms: int = 0
    buckets: dict[int, int] = field(default_factory=dict)

    def add(self, duration_ms: int) -> None:
        """One more; below zero (a clock that went back) counts as zero."""
        duration_ms = max(0, duration_ms)
        edge = edge_seconds(duration_ms)
        self.count += 1
        self.sum_ms += duration_ms
        self.buckets[edge] = self.buckets.get(edge, 0) + 1

    def at_most(self, seconds: float) -> int:
        """How many took at most that long; seconds between two edges count as the lower one."""
        return sum(count for edge, count in self.buckets.items() if edge <= seconds)

    def mean_seconds(self) -> float:
        """The exact mean, 0 of none."""
        return self.sum_ms / self.count / 1000 if self.count else 0.0

    def quantile_seconds(self, share: float) -> float:
        """Upper edge of the bucket in which the share is reached, 0 of none."""
        wanted = share * self.count
        reached = 0
        for edge in sorted(self.buckets):
            reached += self.buckets[edge]
            if reached >= wanted:
                return float(edge)
        return 0.0

    def as_state(self) -> dict[str, Any]:
        """For the checkpoint."""
        return {"sum_ms": self.sum_ms, "buckets": sorted(self.buckets.items())}


def durations_of(state: dict[str, Any]) -> Durations:
    """From the checkpoint."""
    buckets = {int(edge): int(count) for edge, count in state["buckets"]}
    return Durations(count=sum(buckets.values()), sum_ms=state["sum_ms"], buckets=buckets)


def merged(many: Iterable[Durations]) -> Durations:
    """All of them together."""
    total = Durations()
    for one in many:
        total.count += one.count
        total.sum_ms += one.sum_ms
        for edge, count in one.buckets.items():
            total.buckets[edge] = total.buckets.get(edge, 0) + count
    return total


def edge_seconds(duration_ms: int) -> int:
    """Upper edge of the bucket that the duration belongs to."""
    duration_ms = min(duration_ms, LONGEST_MS)
    if duration_ms <= FINE_MS:
        return -(-duration_ms // 1000)
    if duration_ms <= MIDDLE_MS:
        return -(-duration_ms // 10_000) * 10
    return -(-duration_ms // 60_000) * 60
