"""What goes on beside the events of the calls, and how it ends."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Tasks:
    """Their failures are told; at the end all are cancelled but those that must not be lost."""

    def __init__(self, on_failure: Callable[[BaseException], None]) -> None:
        self._on_failure = on_failure
        self._all: set[asyncio.Task[None]] = set()
        self._kept: set[asyncio.Task[None]] = set()

    def spawn(
        self, work: Coroutine[Any, Any, None], *, is_kept: bool = False
    ) -> "asyncio.Task[None]":
        """Begin it; what is kept is waited for at the end instead of cancelled."""
        task = asyncio.get_running_loop().create_task(work)
        self._all.add(task)
        if is_kept:
            self._kept.add(task)
        task.add_done_callback(self._done)
        return task

    def cancel(self) -> None:
        """End what is not kept."""
        for task in self._all - self._kept:
            task.cancel()

    async def kept(self) -> None:
        """Return when what is kept is done."""
        if self._kept:
            await asyncio.wait(self._kept)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._all.discard(task)
        self._kept.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._on_failure(error)
