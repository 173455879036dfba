"""What is remembered for a day of things that are over, so that late repeats are known."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Generic, TypeVar

DAY = 86_400_000
Value = TypeVar("Value")


class Memory(Generic[Value]):
    """Ids with what became of them: the oldest go after a day, or when there are too many."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        # The first of a plain dict is sought behind all that were deleted before it.
        self._kept: OrderedDict[str, tuple[int, Value]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, id: str) -> bool:
        return id in self._kept

    def get(self, id: str) -> Value | None:
        """Return what is remembered of it."""
        kept = self._kept.get(id)
        return None if kept is None else kept[1]

    def keep(self, id: str, value: Value, now: int) -> None:
        """Remember it from now on, and let go of what is too old."""
        self._kept.pop(id, None)
        self._kept[id] = (now, value)
        while len(self._kept) > self._limit or self._oldest() <= now - DAY:
            self._kept.popitem(last=False)

    def put_back(self, id: str, kept_at: int, value: Value) -> None:
        """Remember it since then, behind all that is remembered already."""
        self._kept[id] = (kept_at, value)

    def items(self) -> Iterator[tuple[str, int, Value]]:
        """Yield id, time and value, the oldest first."""
        for id, (kept_at, value) in self._kept.items():
            yield id, kept_at, value

    def _oldest(self) -> int:
        return next(iter(self._kept.values()))[0]
