"""A queue in virtual time that tells an estimator what happens, and keeps what it foretold."""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass

from router.domain.expected_wait import COVERAGE, WaitEstimator, WaitRange

Draw = Callable[[random.Random], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A customer who had to wait; `would_wait` goes on after one left, until it would be due."""

    ahead: int
    range: WaitRange | None
    would_wait: float
    is_answered: bool

    def is_kept(self) -> bool:
        return self.range.low_seconds <= self.would_wait <= self.range.high_seconds


def exponential(mean: float) -> Draw:
    return lambda chance: chance.expovariate(1 / mean)


class WaitingLine:
    """First come, first served; rate (per second) and agents may change with the time."""

    def __init__(
        self,
        seed: int,
        *,
        rate: Callable[[float], float],
        agents: Callable[[float], int],
        service: Draw,
        patience: Draw | None = None,
        coverage: float = COVERAGE,
    ) -> None:
        self.estimator = WaitEstimator()
        self._coverage = coverage
        self.told: list[Told] = []
        self._chance = random.Random(seed)
        self._rate, self._agents, self._service, self._patience = rate, agents, service, patience
        self._events: list[tuple[float, int, str, int]] = []
        self._number = self._busy = 0
        self._line: dict[int, None] = {}
        self._gone: dict[int, None] = {}
        self._entries: dict[int, tuple[int, WaitRange | None, float]] = {}
        self._soon(0.0, "arrives")

    def run(self, customers: int) -> list[Told]:
        """Return what so many who had to wait were told, and what came of it."""
        while len(self.told) < customers:
            now, _, what, number = heapq.heappop(self._events)
            if what == "arrives":
                self._soon(now + self._chance.expovariate(self._rate(now)), "arrives")
                self._arrive(now)
            elif what == "is served":
                self._busy -= 1
            elif number in self._line:
                del self._line[number]
                self._gone[number] = None
                self.estimator.left(str(number), _ms(now))
            self._serve(now)
        return self.told

    def _arrive(self, now: float) -> None:
        if self._busy < self._agents(now) and not self._line:
            self._begin_service(now)
            return
        ahead, number = len(self._line), self._number + 1
        wait = self.estimator.entered(str(number), ahead, _ms(now), self._coverage)
        self._entries[number] = (ahead, wait, now)
        self._line[number] = None
        self._soon(
            now + (self._patience(self._chance) if self._patience else 1e9), "loses patience"
        )

    def _serve(self, now: float) -> None:
        while self._busy < self._agents(now) and (self._line or self._gone):
            first = min(self._line, default=self._number + 1)
            for number in [number for number in self._gone if number < first]:
                del self._gone[number]
                self._keep(number, now, is_answered=False)
            if not self._line:
                return
            del self._line[first]
            self.estimator.started(str(first), _ms(now))
            self._keep(first, now, is_answered=True)
            self._begin_service(now)

    def _begin_service(self, now: float) -> None:
        self._busy += 1
        self._soon(now + self._service(self._chance), "is served")

    def _keep(self, number: int, now: float, *, is_answered: bool) -> None:
        ahead, wait, since = self._entries.pop(number)
        would_wait = _ms(now) / 1000 - _ms(since) / 1000
        told = Told(ahead=ahead, range=wait, would_wait=would_wait, is_answered=is_answered)
        self.told.append(told)

    def _soon(self, at: float, what: str) -> None:
        self._number += 1
        heapq.heappush(self._events, (at, self._number, what, self._number))


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
