"""Telling the router, for certain, that a stream is gone."""

import asyncio
import logging

from desk.domain.facts import ConnectionLost
from desk.domain.names import SessionName, derived_id
from desk.handlers.ports import Facts, NotWritten

PAUSE_SECONDS = 0.5

log = logging.getLogger(__name__)


class Farewells:
    """While this desk says heartbeats the router trusts it: so it must say who is gone, too."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._tasks: set[asyncio.Task[None]] = set()

    def say_lost(self, workspace: str, session_id: str, session: SessionName) -> None:
        """Say it now, or as soon as the log takes it."""
        task = asyncio.create_task(self._say_lost(workspace, session_id, session))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self, within: float) -> None:
        """Wait until all is said; what is not said in time, the missing heartbeat says."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within)
        for task in self._tasks:
            task.cancel()

    async def _say_lost(self, workspace: str, session_id: str, session: SessionName) -> None:
        event_id = derived_id(session_id, "connection-lost")
        while True:
            try:
                await self._facts.append(workspace, event_id, ConnectionLost(session=session))
            except NotWritten:
                log.warning("connection lost is not said yet", extra={"session.id": session_id})
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                return
