"""The sign of life by which the router knows that this desk's agents can be reached."""

import asyncio
import logging
import time
import uuid

from desk.domain.facts import Heartbeat
from desk.domain.names import EventId
from desk.handlers.ports import Facts, NotWritten
from desk.handlers.sessions import Sessions
from desk.metrics import HEARTBEATS

log = logging.getLogger(__name__)


class Heartbeats:
    """One for each workspace in which an agent works here, and for the default one."""

    def __init__(
        self,
        *,
        desk_instance: str,
        workspace: str,
        facts: Facts,
        sessions: Sessions,
        every_seconds: float,
    ) -> None:
        self._desk_instance = desk_instance
        self._workspace = workspace
        self._facts = facts
        self._sessions = sessions
        self._every_seconds = every_seconds

    async def beat(self) -> None:
        """For ever; a beat that the log does not take is missed, and the next one is tried."""
        due = time.monotonic()
        while True:
            workspaces = sorted({self._workspace, *self._sessions.workspaces()})
            await asyncio.gather(*(self._say(workspace) for workspace in workspaces))
            due = max(due + self._every_seconds, time.monotonic())
            await asyncio.sleep(due - time.monotonic())

    async def _say(self, workspace: str) -> None:
        event_id = EventId(str(uuid.uuid4()))
        try:
            await self._facts.append(
                workspace, event_id, Heartbeat(desk_instance=self._desk_instance)
            )
        except NotWritten:
            HEARTBEATS.labels("missed").inc()
            log.warning("heartbeat missed", extra={"workspace": workspace})
        else:
            HEARTBEATS.labels("written").inc()
