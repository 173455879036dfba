"""Who watches which timeline, and how a replica hears of what another one wrote."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg

from chassis.errors import Unavailable
from chassis.part import Part
from chassis.postgres import Database, login, unavailable_when_away
from crm import metrics
from crm.domain.customers import CrmError
from crm.settings import CrmSettings

CHANNEL = "crm_timeline"
SEPARATOR = "\x1f"
MAX_CHANGED = 500
MAX_HEARD = 10_000
CHECK_SECONDS = 5.0
CONNECT_SECONDS = 5.0

# The notice of whoever commits last finds both the contact and its customer.
CUSTOMERS_OF = """
SELECT DISTINCT i.customer_id, i.contact_id FROM identifications i
WHERE i.workspace = $1 AND i.customer_id IS NOT NULL AND i.contact_id IN (
    SELECT unnest($2::text[])
    UNION ALL
    SELECT contact_id FROM messages WHERE workspace = $1 AND message_id = ANY ($3::text[])
    UNION ALL
    SELECT contact_id FROM message_contacts WHERE workspace = $1 AND message_id = ANY ($3::text[])
)
"""

log = logging.getLogger(__name__)


class TooManyWatches(CrmError):
    """No further timeline can be watched on this replica."""


def notice(workspace: str, kind: str, changed_id: str) -> str:
    """What is told to all replicas: a contact ("c"), a message ("m") or customers ("l") changed."""
    return SEPARATOR.join((workspace, kind, changed_id))


class Watch:
    """The changes of one customer's contacts that were not taken yet; bounded."""

    def __init__(self, workspace: str, customer_id: str) -> None:
        self.workspace = workspace
        self.customer_id = customer_id
        self.is_closed = False
        self._changed: dict[str, None] = {}
        self._is_all_stale = False
        self._wake = asyncio.Event()

    def note(self, contact_id: str) -> None:
        """The contact changed; too many of them become "read everything again"."""
        if len(self._changed) < MAX_CHANGED:
            self._changed[contact_id] = None
            self._wake.set()
        else:
            self.note_all()

    def note_all(self) -> None:
        """Changes may have been missed."""
        self._changed.clear()
        self._is_all_stale = True
        self._wake.set()

    def close(self) -> None:
        """No more changes will come."""
        self.is_closed = True
        self._wake.set()

    async def changed(self) -> list[str] | None:
        """The contacts that changed since the last call; None: read everything again."""
        await self._wake.wait()
        self._wake.clear()
        changed, self._changed = list(self._changed), {}
        is_all_stale, self._is_all_stale = self._is_all_stale, False
        return None if is_all_stale else changed


class ChangeFeed(Part):
    """Hears the notices of all replicas on a connection of its own, and wakes the watches."""

    def __init__(self, settings: CrmSettings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._watches: dict[str, dict[int, Watch]] = defaultdict(dict)
        self._heard: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self._heard_count = 0
        self._wake = asyncio.Event()
        self._is_stopping = False

    @contextmanager
    def watch(self, workspace: str, customer_id: str) -> Iterator[Watch]:
        """A watch that is told of changes from now on; TooManyWatches when there are too many."""
        if sum(map(len, self._watches.values())) >= self._settings.max_watches:
            raise TooManyWatches(f"{self._settings.max_watches} timelines are watched already")
        watch = Watch(workspace, customer_id)
        self._watches[workspace][id(watch)] = watch
        metrics.WATCHES.inc()
        try:
            yield watch
        finally:
            del self._watches[workspace][id(watch)]
            if not self._watches[workspace]:
                del self._watches[workspace]
            metrics.WATCHES.dec()

    async def run(self) -> None:
        """Listen until stopped, through restarts of Postgres."""
        while not self._is_stopping:
            try:
                await self._listen()
            except Unavailable as error:
                log.warning("changes are not heard", extra={"error": str(error)})
                await asyncio.sleep(self._settings.listen_retry_seconds)

    async def stop(self) -> None:
        """End every watch."""
        self._is_stopping = True
        self._wake.set()
        await self.close_watches()

    async def close_watches(self) -> None:
        """End every watch; clients open theirs again elsewhere."""
        for watch in self._all_watches():
            watch.close()

    async def _listen(self) -> None:
        with unavailable_when_away():
            connection = await asyncpg.connect(
                **login(self._settings),
                timeout=CONNECT_SECONDS,
                command_timeout=CONNECT_SECONDS,
            )
            try:
                connection.add_termination_listener(lambda _: self._wake.set())
                await connection.add_listener(CHANNEL, self._hear)
                for watch in self._all_watches():
                    watch.note_all()
                while not self._is_stopping:
                    await self._turn(connection)
            finally:
                connection.terminate()

    async def _turn(self, connection: Any) -> None:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            pass
        if not self._wake.is_set() or connection.is_closed():
            # Nothing heard for a while: is anybody there?
            await connection.fetchval("SELECT 1")
            return
        self._wake.clear()
        heard, self._heard = self._heard, defaultdict(set)
        self._heard_count = 0
        for workspace, changes in heard.items():
            await self._tell(workspace, changes)

    def _hear(self, connection: Any, pid: int, channel: str, payload: str) -> None:
        workspace, kind, changed_id = payload.split(SEPARATOR, 2)
        if workspace not in self._watches:
            return
        if self._heard_count >= MAX_HEARD:
            self._heard.clear()
            self._heard_count = 0
            for watch in self._all_watches():
                watch.note_all()
        self._heard[workspace].add((kind, changed_id))
        self._heard_count += 1
        self._wake.set()

    async def _tell(self, workspace: str, changes: set[tuple[str, str]]) -> None:
        watches = list(self._watches.get(workspace, {}).values())
        if any(kind == "l" for kind, _ in changes):
            for watch in watches:
                watch.note_all()
            return
        contacts = [changed_id for kind, changed_id in changes if kind == "c"]
        messages = [changed_id for kind, changed_id in changes if kind == "m"]
        rows = await self._database.fetch(CUSTOMERS_OF, workspace, contacts, messages)
        by_customer = defaultdict(list)
        for row in rows:
            by_customer[row["customer_id"]].append(row["contact_id"])
        for watch in watches:
            for contact_id in by_customer.get(watch.customer_id, ()):
                watch.note(contact_id)

    def _all_watches(self) -> list[Watch]:
        return [watch for watches in self._watches.values() for watch in watches.values()]
