"""Contacts that wait for the same, in the order in which they are served."""

from collections.abc import Iterator

from router.domain.queues import Ageing
from router.domain.sorted_list import SortedList

Rank = tuple[int, int, str]
"""Place in line: priority (negative), queued since, contact id; lower is served first."""


class Lines:
    """A line for each initial priority; ageing is counted when it is asked, nothing moves for it.

    Of one initial priority the older is never behind the younger, so only the heads compete.
    """

    __slots__ = ("_by_priority", "_every", "_most", "_step", "count", "head", "is_ageing", "queue")

    def __init__(self, queue: str, ageing: Ageing | None) -> None:
        self.queue = queue
        self.count = 0
        """How many wait."""
        self.head: Rank | None = None
        """The next to be served, ageing apart."""
        self.is_ageing = ageing is not None
        self._by_priority: dict[int, SortedList[Rank]] = {}
        self._every = round(ageing.every_seconds * 1000) if ageing else 0
        self._step = ageing.step if ageing else 0
        self._most = ageing.most if ageing else 0

    def add(self, rank: Rank) -> None:
        """Put a contact at its place."""
        line = self._by_priority.get(rank[0])
        if line is None:
            line = self._by_priority[rank[0]] = SortedList()
        line.add(rank)
        self.count += 1
        if self.head is None or rank < self.head:
            self.head = rank

    def remove(self, rank: Rank) -> None:
        """Take a contact out; KeyError when it does not wait here."""
        line = self._by_priority[rank[0]]
        line.remove(rank)
        self.count -= 1
        if not line:
            del self._by_priority[rank[0]]
        if rank == self.head:
            self.head = min([each.first() for each in self._by_priority.values()], default=None)

    def aged(self, rank: Rank, now: int) -> Rank:
        """Return the rank with what the priority gained by waiting."""
        negative, since, contact_id = rank
        if not self._every or now <= since:
            return rank
        gained = min((now - since) // self._every * self._step, self._most)
        return negative - gained, since, contact_id

    def first(self, now: int, until: int) -> Rank | None:
        """Return the next to be served of those who wait since `until` or longer."""
        heads = [line.first() for line in self._by_priority.values()]
        return min((self.aged(head, now) for head in heads if head[1] <= until), default=None)

    def best(self, count: int, now: int, until: int) -> list[Rank]:
        """Return the next to be served of those who wait since `until` or longer."""
        found: list[Rank] = []
        for priority in sorted(self._by_priority):
            if self.is_ageing or len(found) < count:
                ranks = self._by_priority[priority].best(count)
                found += ranks if until >= now else [rank for rank in ranks if rank[1] <= until]
        if self.is_ageing:
            found = sorted([self.aged(rank, now) for rank in found])
        del found[count:]
        return found

    def count_until(self, since: int) -> int:
        """Return how many wait since then or longer."""
        return sum(
            line.count_before((priority, since + 1, ""))
            for priority, line in self._by_priority.items()
        )

    def first_of_priority(self, priority: int) -> Rank | None:
        """Return the next to be served of one initial priority."""
        line = self._by_priority.get(-priority)
        return None if line is None else line.first()

    def __iter__(self) -> Iterator[str]:
        """Yield the contact ids, in no order."""
        for line in self._by_priority.values():
            for _, _, contact_id in line:
                yield contact_id
