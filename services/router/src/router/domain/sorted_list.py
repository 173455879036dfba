"""A sorted list that stays fast at a hundred thousand."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import Generic, TypeVar

CHUNK = 512
Item = TypeVar("Item", bound=tuple[object, ...])


class SortedList(Generic[Item]):
    """In chunks; exact, and nothing stale in it."""

    __slots__ = ("_chunks", "_last")

    def __init__(self) -> None:
        self._chunks: list[list[Item]] = []
        self._last: list[Item] = []

    def __bool__(self) -> bool:
        return bool(self._chunks)

    def add(self, item: Item) -> None:
        """Put it at its place."""
        if not self._chunks:
            self._chunks.append([item])
            self._last.append(item)
            return
        index = min(bisect_left(self._last, item), len(self._chunks) - 1)
        chunk = self._chunks[index]
        insort(chunk, item)
        self._last[index] = chunk[-1]
        if len(chunk) > CHUNK:
            half = len(chunk) // 2
            self._chunks[index : index + 1] = [chunk[:half], chunk[half:]]
            self._last[index : index + 1] = [chunk[half - 1], chunk[-1]]

    def remove(self, item: Item) -> None:
        """Take it out; KeyError when it is not here."""
        index = bisect_left(self._last, item)
        chunk = self._chunks[index] if index < len(self._chunks) else []
        place = bisect_left(chunk, item)
        if place == len(chunk) or chunk[place] != item:
            raise KeyError(item)
        del chunk[place]
        if chunk:
            self._last[index] = chunk[-1]
        else:
            del self._chunks[index], self._last[index]

    def first(self) -> Item:
        """Return the next; IndexError when there is none."""
        return self._chunks[0][0]

    def best(self, count: int) -> list[Item]:
        """Return the next, at most so many."""
        if not self._chunks:
            return []
        found = self._chunks[0][:count]
        for chunk in self._chunks[1:]:
            if len(found) == count:
                break
            found += chunk[: count - len(found)]
        return found

    def count_before(self, item: Item) -> int:
        """Return how many come before it."""
        index = bisect_left(self._last, item)
        full = sum(len(chunk) for chunk in self._chunks[:index])
        return full + (bisect_left(self._chunks[index], item) if index < len(self._chunks) else 0)

    def __iter__(self) -> Iterator[Item]:
        for chunk in self._chunks:
            yield from chunk
