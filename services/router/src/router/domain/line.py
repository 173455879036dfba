"""Contacts that wait for the same, in the order in which they are served."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import NamedTuple

from router.domain.queues import Ageing

CHUNK = 512
Rank = tuple[int, int, str]
"""Place in line: effective priority (negative), queued since, contact id; lower is served first."""


class Waiting(NamedTuple):
    """Of one initial priority: queued since, contact id."""

    since: int
    contact_id: str


class Line:
    """A sorted list in chunks: fast at a hundred thousand, exact, and nothing stale in it."""

    def __init__(self) -> None:
        self._chunks: list[list[Waiting]] = []
        self._last: list[Waiting] = []
        self.count = 0
        """How many wait."""

    def add(self, waiting: Waiting) -> None:
        """Put a contact at its place."""
        self.count += 1
        if not self._chunks:
            self._chunks.append([waiting])
            self._last.append(waiting)
            return
        index = min(bisect_left(self._last, waiting), len(self._chunks) - 1)
        chunk = self._chunks[index]
        insort(chunk, waiting)
        self._last[index] = chunk[-1]
        if len(chunk) > CHUNK:
            half = len(chunk) // 2
            self._chunks[index : index + 1] = [chunk[:half], chunk[half:]]
            self._last[index : index + 1] = [chunk[half - 1], chunk[-1]]

    def remove(self, waiting: Waiting) -> None:
        """Take a contact out; KeyError when it does not wait here."""
        index = bisect_left(self._last, waiting)
        chunk = self._chunks[index] if index < len(self._chunks) else []
        place = bisect_left(chunk, waiting)
        if place == len(chunk) or chunk[place] != waiting:
            raise KeyError(waiting)
        self.count -= 1
        del chunk[place]
        if chunk:
            self._last[index] = chunk[-1]
        else:
            del self._chunks[index], self._last[index]

    def first(self) -> Waiting:
        """Return the next to be served; IndexError when nobody waits."""
        return self._chunks[0][0]

    def best(self, count: int) -> list[Waiting]:
        """Return the next to be served, at most so many."""
        if not self._chunks:
            return []
        found = self._chunks[0][:count]
        for chunk in self._chunks[1:]:
            if len(found) == count:
                break
            found += chunk[: count - len(found)]
        return found

    def count_until(self, since: int) -> int:
        """Return how many wait since then or longer."""
        after = Waiting(since + 1, "")
        index = bisect_left(self._last, after)
        full = sum(len(chunk) for chunk in self._chunks[:index])
        return full + (bisect_left(self._chunks[index], after) if index < len(self._chunks) else 0)

    def __iter__(self) -> Iterator[Waiting]:
        for chunk in self._chunks:
            yield from chunk


class Lines:
    """A line for each initial priority; ageing is counted when it is asked, nothing moves for it.

    Of one initial priority the older is never behind the younger, so only the heads compete.
    """

    def __init__(self, ageing: Ageing | None) -> None:
        self.count = 0
        """How many wait."""
        self._by_priority: dict[int, Line] = {}
        self._every = round(ageing.every_seconds * 1000) if ageing else 0
        self._step = ageing.step if ageing else 0
        self._most = ageing.most if ageing else 0

    def add(self, priority: int, waiting: Waiting) -> None:
        """Put a contact at its place."""
        line = self._by_priority.get(priority)
        if line is None:
            line = self._by_priority[priority] = Line()
        line.add(waiting)
        self.count += 1

    def remove(self, priority: int, waiting: Waiting) -> None:
        """Take a contact out; KeyError when it does not wait here."""
        line = self._by_priority[priority]
        line.remove(waiting)
        self.count -= 1
        if not line.count:
            del self._by_priority[priority]

    def effective(self, priority: int, since: int, now: int) -> int:
        """Return the priority with what was added for the time waited."""
        if not self._every or now <= since:
            return priority
        return priority + min((now - since) // self._every * self._step, self._most)

    def best(self, count: int, now: int, until: int) -> list[Rank]:
        """Return the next to be served of those who wait since `until` or longer."""
        ranks = [
            (-self.effective(priority, since, now), since, contact_id)
            for priority, line in self._by_priority.items()
            for since, contact_id in line.best(count)
            if since <= until
        ]
        if len(self._by_priority) > 1:
            ranks.sort()
            del ranks[count:]
        return ranks

    def count_until(self, since: int) -> int:
        """Return how many wait since then or longer."""
        return sum(line.count_until(since) for line in self._by_priority.values())

    def first_of_priority(self, priority: int) -> Waiting | None:
        """Return the next to be served of one initial priority."""
        line = self._by_priority.get(priority)
        return None if line is None else line.first()

    def __iter__(self) -> Iterator[str]:
        """Yield the contact ids, in no order."""
        for line in self._by_priority.values():
            for waiting in line:
                yield waiting.contact_id
