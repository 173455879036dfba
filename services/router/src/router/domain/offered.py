"""What waits that may be offered to an agent: which lines fit, and who comes first in them."""

from collections.abc import Collection
from typing import NamedTuple

from router.domain.agent import NOT_PREFERRED
from router.domain.bucket import Bucket
from router.domain.line import Lines, Rank

SLACK = 32


class Wish(NamedTuple):
    """Lines that agents take by a preference of theirs, or that age."""

    lines: Lines
    preference: int
    delay: int


Head = tuple[int, Rank, int, Lines]
"""The first of some lines, as an agent compares them: preference, rank; delay and lines."""


class Offered:
    """The buckets of one kind of channel that fit; most need no more than a look at their head."""

    __slots__ = ("buckets", "most", "plain", "wishes")

    def __init__(self) -> None:
        self.buckets: list[Bucket] = []
        self.plain: list[Lines] = []
        self.wishes: list[Wish] = []
        self.most = SLACK

    def add(self, bucket: Bucket, preference: int, delay: int) -> None:
        """The bucket fits; those that are closed are let go now and then."""
        if len(self.buckets) >= self.most:
            self._let_go()
        self.buckets.append(bucket)
        lines = bucket.lines
        if preference == NOT_PREFERRED and not delay and not lines.is_ageing:
            self.plain.append(lines)
        else:
            self.wishes.append(Wish(lines, preference, delay))

    def heads(self, now: int, paused: Collection[str]) -> list[Head]:
        """Return who comes first in each of the lines, if the agent may have them now."""
        found: list[Head] = [
            (NOT_PREFERRED, lines.head, 0, lines) for lines in self.plain if lines.head is not None
        ]
        for lines, preference, delay in self.wishes:
            head = lines.first(now, now - delay) if lines.count else None
            if head is not None:
                found.append((preference, head, delay, lines))
        if paused:
            return [head for head in found if head[3].queue not in paused]
        return found

    def count(self, now: int, is_open: bool) -> int:
        """Return how many wait; for an agent who is free, those whose delay is over."""
        found = sum([lines.count for lines in self.plain])
        for lines, _, delay in self.wishes:
            found += lines.count_until(now - delay) if delay and is_open else lines.count
        return found

    def _let_go(self) -> None:
        self.buckets = [bucket for bucket in self.buckets if bucket.is_open]
        is_kept = {id(bucket.lines) for bucket in self.buckets}
        self.plain = [lines for lines in self.plain if id(lines) in is_kept]
        self.wishes = [wish for wish in self.wishes if id(wish.lines) in is_kept]
        self.most = 2 * len(self.buckets) + SLACK
