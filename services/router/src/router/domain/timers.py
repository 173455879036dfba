"""Which deadlines are due, in the order in which they fire."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from heapq import heapify, heappop, heappush
from typing import NamedTuple

SLACK = 1_024


class TimerKind(StrEnum):
    """In the order in which timers of one instant fire."""

    CONTACT = "1-contact"
    DESK = "2-desk"
    GRACE = "3-grace"
    OFFER = "4-offer"
    SLEEP = "5-sleep"
    GROWTH = "6-growth"
    OVERFLOW = "7-overflow"
    CALL = "8-call"
    PAUSE = "9-pause"
    ADJUSTMENT = "a-adjustment"


class Timer(NamedTuple):
    """A deadline (engine time) of a contact, offer, agent or desk."""

    due: int
    kind: TimerKind
    id: str


class Timers:
    """A heap that forgets lazily: a timer counts only while its owner still has that deadline."""

    def __init__(self, deadline_of: Callable[[TimerKind, str], int]) -> None:
        """`deadline_of` says what the owner's deadline is now; 0 means none."""
        self._deadline_of = deadline_of
        self._heap: list[Timer] = []

    def __len__(self) -> int:
        return len(self._heap)

    def arm(self, due: int, kind: TimerKind, id: str) -> None:
        """Wake at `due`; the owner's own field is set by the caller."""
        heappush(self._heap, Timer(due, kind, id))

    def next_due(self) -> int | None:
        """Return when the earliest timer that still counts is due."""
        while self._heap:
            timer = self._heap[0]
            deadline = self._deadline_of(timer.kind, timer.id)
            if deadline == timer.due:
                return timer.due
            heappop(self._heap)
            if deadline > timer.due:
                heappush(self._heap, timer._replace(due=deadline))
        return None

    def pop_due(self, now: int) -> Timer | None:
        """Take the earliest timer due by now."""
        if not self._heap or self._heap[0].due > now:
            return None
        due = self.next_due()
        return heappop(self._heap) if due is not None and due <= now else None

    def armed(self) -> Iterable[Timer]:
        """Return all that is in the heap, in no order."""
        return tuple(self._heap)

    def compact(self, live: Callable[[], Iterable[Timer]], count: int) -> None:
        """Forget what no longer counts, when that is most of the heap."""
        if len(self._heap) > 4 * count + SLACK:
            self.restore(live())

    def restore(self, live: Iterable[Timer]) -> None:
        """Start again with exactly these."""
        self._heap = list(live)
        heapify(self._heap)
