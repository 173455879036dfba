"""How long a customer will wait: a range that keeps its promise, learned from the queue itself.

The guess is (how many are ahead + 1) x (the time between recent starts of service). Only time in
which somebody waited counts, so a quiet hour does not look like slow service. Ibrahim and Whitt
call this a queue-length estimator; it follows a growing line at once, where the wait of the last
who was served comes too late.

The range comes from how far such guesses were off: the middle part (as the policy's coverage
says, 80 % for 0.8) of real wait / guess of the last visits. Each length of line (0, 1-2, 3-6,
7-14 ... ahead) has ratios of its own, as the wait of the first in line scatters much more around
its guess than that of the fiftieth. What pulls all guesses of a queue to one side (customers who
leave, others who overtake, agents that serve other queues too) is in the ratios and so corrects
itself.
"""

from collections import deque
from dataclasses import dataclass
from typing import Any

from router.domain.calibration import Calibration

COVERAGE = 0.8
STARTS = 20
"""So many starts of service say how fast the line moves now: few, as staffing changes."""
MIN_STARTS = 10
GROUPS = 8
"""The last one is for 127 and more ahead."""
MAX_OPEN = 100_000
"""Visits remembered at a time; one that enters beyond it is told a range but teaches nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitRange:
    """Of those who are told it and stay, this share is answered within it, ends included."""

    low_seconds: int
    high_seconds: int
    coverage: float = COVERAGE


class WaitEstimator:
    """One queue's; tell it of every visit that has to wait, in the order of the log.

    A visit that finds an agent at once is none of its business: unknown ids change nothing.
    All instants are milliseconds of one clock; one that goes back stands still instead.
    """

    def __init__(self) -> None:
        self._now = 0
        self._waited = 0
        self._open: dict[str, tuple[int, int, int]] = {}
        self._starts: deque[int] = deque(maxlen=STARTS + 1)
        self._groups = [Calibration() for _ in range(GROUPS)]

    def entered(
        self, visit_id: str, ahead: int, now: int, coverage: float = COVERAGE
    ) -> WaitRange | None:
        """The visit waits behind so many; return its range, None while too little is known."""
        self._move(now)
        guess = self._guess(ahead)
        group = min((ahead + 1).bit_length(), GROUPS) - 1
        if len(self._open) < MAX_OPEN:
            self._open[visit_id] = (self._now, guess, group)
        found = self._calibrated(group, round(coverage * 1000))
        if not guess or found is None:
            return None
        # Rounded outward to whole seconds, so that rounding breaks no promise.
        low, high = guess * found.low // 1_000_000, -(-guess * found.high // 1_000_000)
        return WaitRange(low_seconds=low, high_seconds=high, coverage=coverage)

    def started(self, visit_id: str, now: int) -> None:
        """The visit was answered."""
        self._move(now)
        if self._close(visit_id, is_bound=False):
            self._starts.append(self._waited)

    def left(self, visit_id: str, now: int) -> None:
        """The visit ended in any other way: it would have waited longer than this."""
        self._move(now)
        self._close(visit_id, is_bound=True)

    def dump(self) -> dict[str, Any]:
        """Return it as dicts, lists, text and integers."""
        return {
            "clock": [self._now, self._waited],
            "open": [[visit_id, *known] for visit_id, known in self._open.items()],
            "starts": list(self._starts),
            "groups": [group.dump() for group in self._groups],
        }

    @classmethod
    def load(cls, data: dict[str, Any]) -> "WaitEstimator":
        """Return it as it was dumped; what it tells afterwards is the same."""
        found = cls()
        found._now, found._waited = data["clock"]
        found._open = {visit_id: (at, guess, group) for visit_id, at, guess, group in data["open"]}
        found._starts.extend(data["starts"])
        found._groups = [Calibration.load(group) for group in data["groups"]]
        return found

    def _move(self, now: int) -> None:
        if self._open:
            self._waited += max(now - self._now, 0)
        self._now = max(self._now, now)

    def _close(self, visit_id: str, *, is_bound: bool) -> bool:
        known = self._open.pop(visit_id, None)
        if known is None:
            return False
        entered_at, guess, group = known
        if guess:
            ratio = (self._now - entered_at) * 1000 // guess
            self._groups[group].add(ratio, is_bound=is_bound)
        return True

    def _guess(self, ahead: int) -> int:
        """Return milliseconds; 0 while there were too few starts."""
        number = len(self._starts) - 1
        if number < MIN_STARTS:
            return 0
        return max((ahead + 1) * (self._waited - self._starts[0]) // number, 1)

    def _calibrated(self, group: int, coverage: int) -> Calibration | None:
        """Return the group's ratios, or those of the next shorter line: they scatter more."""
        shorter = self._groups[group::-1]
        for known in shorter:
            known.cover(coverage)
        return next((known for known in shorter if known.is_enough), None)
