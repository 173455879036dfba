"""Finds the steps about a contact in routing-events, from the newest back to its opening."""

import time
from dataclasses import dataclass, field

from router.adapters.codec.account import Found, opens
from router.adapters.log_flow import partition_of
from router.adapters.log_reader import LogReader
from router.adapters.outbox import OUTPUT

FIRST_CHUNK = 10_000
LARGEST_CHUNK = 160_000
MOST_SEARCHED = 20_000_000
"""Records of one search; whoever looks for something older says since when."""
MOST_FOUND = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whose steps; said not before `since` and not after `until` (milliseconds), found in time."""

    workspace: str
    contact_id: str
    seconds: float
    since: int | None = None
    until: int | None = None


@dataclass(slots=True)
class Search:
    """What was found, in the order of the log, and how far the search went."""

    partition: int
    start: int = 0
    count: int = 0
    oldest: int = 0
    is_complete: bool = False
    found: list[Found] = field(default_factory=list)


class Finder:
    """Looks at the bytes of a record before it parses any: most are about others."""

    def __init__(self, reader: LogReader) -> None:
        self._reader = reader

    async def find(self, asked: Asked) -> Search:
        """Search back to the contact's opening, or as far as was asked and is allowed."""
        partition = partition_of(asked.workspace, self._reader.partitions[OUTPUT])
        first, end = await self._reader.bounds(OUTPUT, partition)
        if asked.until is not None:
            end = await self._reader.since(OUTPUT, partition, asked.until + 1)
        floor = max(first, end - MOST_SEARCHED)
        if asked.since is not None:
            floor = max(first, await self._reader.since(OUTPUT, partition, asked.since))
        search = Search(partition, start=end)
        chunk, give_up_at = FIRST_CHUNK, time.monotonic() + asked.seconds
        while search.start > floor and not search.is_complete:
            start = max(search.start - chunk, floor)
            await self._look(search, start, asked)
            chunk = min(2 * chunk, LARGEST_CHUNK)
            if time.monotonic() > give_up_at:
                break
        return search

    async def latest(self, workspace: str) -> list[Found]:
        """Return the workspace's steps in the tail of the log, the latest first."""
        partition = partition_of(workspace, self._reader.partitions[OUTPUT])
        first, end = await self._reader.bounds(OUTPUT, partition)
        tail = self._reader.read(OUTPUT, partition, max(first, end - FIRST_CHUNK), end)
        key = workspace.encode()
        found = [Found(partition, r.offset, r.value) async for r in tail if r.key == key]
        return found[::-1]

    async def _look(self, search: Search, start: int, asked: Asked) -> None:
        key, needle = asked.workspace.encode(), asked.contact_id.encode()
        here: list[Found] = []
        oldest = 0
        async for raw in self._reader.read(OUTPUT, search.partition, start, search.start):
            search.count += 1
            oldest = oldest or raw.stamp
            if needle in raw.value and raw.key == key:
                here.append(Found(search.partition, raw.offset, raw.value))
        is_opened = any(opens(found, asked.contact_id) for found in here)
        search.is_complete = is_opened or start == 0
        search.found = (here + search.found)[:MOST_FOUND]
        search.start, search.oldest = start, oldest or search.oldest
