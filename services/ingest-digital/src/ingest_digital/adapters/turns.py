"""Work that is done again and again beside everything else."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from chassis.errors import Unavailable
from chassis.part import Part

log = logging.getLogger(__name__)


class Turns(Part):
    """Calls `turn` every so often; what is away is tried again at the next turn."""

    def __init__(
        self,
        name: str,
        turn: Callable[[], Awaitable[object]],
        pause_seconds: float,
        *,
        first: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self._name = name
        self._turn = turn
        self._first = first
        self._pause_seconds = pause_seconds
        self._stopping = asyncio.Event()
        self._wake = asyncio.Event()

    async def start(self) -> None:
        """Do what comes before the first turn; Unavailable when it cannot be done."""
        if self._first is not None:
            await self._first()

    @property
    def is_stopping(self) -> bool:
        """Whether a long turn should end where it can."""
        return self._stopping.is_set()

    def wake(self) -> None:
        """Do the next turn now."""
        self._wake.set()

    async def run(self) -> None:
        """Turn until stopped."""
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                await self._turn()
            except Unavailable as error:
                log.warning("turn put off", extra={"turn": self._name, "error": str(error)})
            try:
                async with asyncio.timeout(self._pause_seconds):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def stop(self) -> None:
        """Let the turn in hand be the last: the lifecycle waits for it."""
        self._stopping.set()
        self._wake.set()
