"""Dials that go on, and results that wait to be written: together never more than a limit."""

import asyncio

from ingest_voice.domain.dialling import Result

MOST_OPEN = 2000

Ended = tuple[str, Result]


class DialResults:
    """A place is taken when a dial begins and given back when its result is written.

    So a result always has room. Who begins dials asks first (`has_room`), and waits where not.
    """

    def __init__(self, most: int = MOST_OPEN) -> None:
        self._most = most
        self._open: dict[str, Result | None] = {}
        # Each open dial at most once, and the end.
        self._ended: asyncio.Queue[Ended | None] = asyncio.Queue(most + 1)
        self._changed = asyncio.Event()

    def __len__(self) -> int:
        return len(self._open)

    @property
    def has_room(self) -> bool:
        """Whether one more may begin."""
        return len(self._open) < self._most

    async def room(self) -> None:
        """Return when one more may begin."""
        while not self.has_room:
            self._changed.clear()
            await self._changed.wait()

    def begin(self, command_id: str) -> bool:
        """The dial is ours, until its result is written; False if it was already."""
        is_new = command_id not in self._open
        self._open.setdefault(command_id, None)
        return is_new

    def end(self, command_id: str, result: Result) -> None:
        """Put the result in line; only the first of a dial counts."""
        if command_id in self._open and self._open[command_id] is None:
            self._open[command_id] = result
            self._ended.put_nowait((command_id, result))

    async def next(self) -> Ended | None:
        """The oldest result, as soon as there is one; None after the last."""
        return await self._ended.get()

    def written(self, command_id: str) -> None:
        """The book has it: its place is free."""
        self._open.pop(command_id, None)
        self._changed.set()

    def close(self) -> None:
        """No more results come; those in line are still had."""
        self._ended.put_nowait(None)
