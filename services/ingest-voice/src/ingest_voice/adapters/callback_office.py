"""The book of dials as a part of the service, which calls do not depend on."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from chassis.errors import Unavailable
from chassis.part import Part
from chassis.postgres import Database
from ingest_voice.adapters.dial_book import DialBook
from ingest_voice.domain.dialling import Result
from ingest_voice.handlers.callbacks import Callbacks, Claim, Dial, Target
from ingest_voice.handlers.ports import NotNoted

log = logging.getLogger(__name__)

_PAUSE_SECONDS = 1.0


class CallbackOffice(Part):
    """The book of dials. While Postgres is away calls go on; only callbacks wait."""

    def __init__(
        self, database: Database, book: DialBook, connected: Callable[[], tuple[str, ...]]
    ) -> None:
        self._database = database
        self._book = book
        # Whose call was lost after it was connected: told as such, not as a dial.
        self._connected = connected
        self._notes: asyncio.Queue[tuple[str, Result] | None] = asyncio.Queue()
        self._is_open = False
        self._is_stopping = False

    def serve(self, callbacks: Callbacks) -> None:
        """Tell these what an earlier process left. Before the start."""
        self._callbacks = callbacks

    async def run(self) -> None:
        """Open, tell what was lost, then write down results as they come."""
        await self._patiently(self._open)
        while not self._is_stopping or not self._notes.empty():
            note = await self._notes.get()
            if note is not None:
                await self._patiently(partial(self._book.note_result, *note))

    async def stop(self) -> None:
        self._is_stopping = True
        self._notes.put_nowait(None)
        await self._database.stop()

    async def _open(self) -> None:
        await self._database.start()
        for dial in await self._book.unresolved():
            if dial.contact_id in self._connected():
                self._notes.put_nowait((dial.command_id, Result.ANSWERED))
            else:
                self._callbacks.tell_lost(dial)
        self._is_open = True

    async def _patiently(self, work: Callable[[], Awaitable[None]]) -> None:
        while not self._is_stopping:
            try:
                await work()
            except Unavailable as error:
                log.warning("callbacks wait for postgres", extra={"error": str(error)})
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                return

    @property
    def book(self) -> DialBook:
        """Raises Unavailable before it is open."""
        if not self._is_open:
            raise Unavailable("the book of dials is not open yet")
        return self._book

    async def claim(self, dial: Dial) -> Claim:
        return await self.book.claim(dial)

    async def target(self, contact_id: str) -> Target:
        return await self.book.target(contact_id)

    async def dialling(self, command_id: str) -> None:
        """Raises NotNoted."""
        try:
            await self.book.note_dialled(command_id)
        except Unavailable as error:
            raise NotNoted(str(error)) from error

    def ended(self, command_id: str, result: Result) -> None:
        """Written by `run`, again and again until it is."""
        self._notes.put_nowait((command_id, result))
