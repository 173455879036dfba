"""Contacts that wait, in the order in which they are served."""

from bisect import bisect_left, insort

from router.domain.contact import Rank

CHUNK = 512


class Line:
    """A sorted list in chunks: fast at a hundred thousand, exact, and nothing stale in it."""

    def __init__(self) -> None:
        self._chunks: list[list[Rank]] = []
        self._last: list[Rank] = []
        self.count = 0
        """How many wait."""

    def add(self, rank: Rank) -> None:
        """Put a contact at its place."""
        self.count += 1
        if not self._chunks:
            self._chunks.append([rank])
            self._last.append(rank)
            return
        index = min(bisect_left(self._last, rank), len(self._chunks) - 1)
        chunk = self._chunks[index]
        insort(chunk, rank)
        self._last[index] = chunk[-1]
        if len(chunk) > CHUNK:
            half = len(chunk) // 2
            self._chunks[index : index + 1] = [chunk[:half], chunk[half:]]
            self._last[index : index + 1] = [chunk[half - 1], chunk[-1]]

    def remove(self, rank: Rank) -> None:
        """Take a contact out; KeyError when it does not wait here."""
        index = bisect_left(self._last, rank)
        chunk = self._chunks[index] if index < len(self._chunks) else []
        place = bisect_left(chunk, rank)
        if place == len(chunk) or chunk[place] != rank:
            raise KeyError(rank)
        self.count -= 1
        del chunk[place]
        if chunk:
            self._last[index] = chunk[-1]
        else:
            del self._chunks[index], self._last[index]

    def first(self) -> Rank:
        """Return the next to be served; IndexError when nobody waits."""
        return self._chunks[0][0]

    def best(self, count: int) -> list[Rank]:
        """Return the next to be served, at most so many."""
        found: list[Rank] = []
        for chunk in self._chunks:
            found += chunk[: count - len(found)]
            if len(found) == count:
                break
        return found

    def first_of_priority(self, priority: int) -> Rank | None:
        """Return the next to be served of one priority."""
        wanted: Rank = (-priority, -1, "")
        index = bisect_left(self._last, wanted)
        if index == len(self._chunks):
            return None
        chunk = self._chunks[index]
        rank = chunk[bisect_left(chunk, wanted)]
        return rank if rank[0] == -priority else None
