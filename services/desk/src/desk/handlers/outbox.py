"""What waits to be written to one agent's stream: bounded, and never blocking who puts."""

import asyncio
from collections import deque

from desk.domain.events import Event, size_bytes

Waiting = tuple[Event, float | None]


class OutboxFull(Exception):
    """The client does not read as fast as things happen."""


class Outbox:
    """Events in order; each with the instant (seconds since 1970) its step was written."""

    def __init__(self, *, max_events: int, max_bytes: int) -> None:
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._bytes = 0
        self._waiting: deque[Waiting] = deque()
        self._filled = asyncio.Event()
        self._drained = asyncio.Event()

    def put(self, event: Event, since: float | None = None) -> None:
        """Add it; OutboxFull when there is no room."""
        size = size_bytes(event)
        if len(self._waiting) >= self._max_events or self._bytes + size > self._max_bytes:
            raise OutboxFull(f"{len(self._waiting)} events wait")
        self._bytes += size
        self._waiting.append((event, since))
        self._drained.clear()
        self._filled.set()

    async def get(self) -> Waiting:
        """The oldest, as soon as there is one; asking says that the one before is written."""
        while not self._waiting:
            self._drained.set()
            self._filled.clear()
            await self._filled.wait()
        event, since = self._waiting.popleft()
        self._bytes -= size_bytes(event)
        return event, since

    async def drained(self) -> None:
        """Return when everything is written."""
        await self._drained.wait()
