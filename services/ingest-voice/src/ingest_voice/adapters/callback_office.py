"""The book of dials as a part of the service, which calls do not depend on."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from chassis.errors import Unavailable
from chassis.part import Part
from chassis.postgres import Database
from ingest_voice.adapters.dial_book import DialBook
from ingest_voice.adapters.dial_results import DialResults
from ingest_voice.domain.dialling import Result
from ingest_voice.handlers.callbacks import Callbacks, Claim, Dial, Target
from ingest_voice.handlers.ports import NotNoted

log = logging.getLogger(__name__)

_PAUSE_SECONDS = 1.0
_LAST_SECONDS = 2.0
_LOST_AT_ONCE = 100


class CallbackOffice(Part):
    """The book of dials. While Postgres is away calls go on; only callbacks wait.

    At most so many dials are open, from their claim until their result is in the book: beyond
    that nothing more is claimed, and the log is read no further, until results are written.
    """

    def __init__(
        self, database: Database, book: DialBook, connected: Callable[[], tuple[str, ...]]
    ) -> None:
        self._database = database
        self._book = book
        # Whose call was lost after it was connected: told as such, not as a dial.
        self._connected = connected
        self._results = DialResults()
        self._is_open = False
        self._is_stopping = False
        self._is_over = asyncio.Event()
        self._is_over.set()

    def serve(self, callbacks: Callbacks) -> None:
        """Tell these what an earlier process left. Before the start."""
        self._callbacks = callbacks

    async def run(self) -> None:
        """Open, tell what was lost, and write down results as they come."""
        self._is_over.clear()
        try:
            async with asyncio.TaskGroup() as group:
                opening = group.create_task(self._patiently(self._open))
                await self._write_down()
                opening.cancel()
        finally:
            self._is_over.set()

    async def stop(self) -> None:
        """Write the results that wait, if Postgres is there; the next start tells the others."""
        self._is_stopping = True
        self._results.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_SECONDS):
                await self._is_over.wait()
        await self._database.stop()

    async def _write_down(self) -> None:
        while (ended := await self._results.next()) is not None:
            await self._patiently(partial(self._book.note_result, *ended))
            self._results.written(ended[0])

    async def _open(self) -> None:
        await self._database.start()
        after = ""
        while lost := await self._book.unresolved(after, _LOST_AT_ONCE):
            for dial in lost:
                await self._results.room()
                if self._results.begin(dial.command_id):
                    self._tell_lost(dial)
            after = lost[-1].command_id
        self._is_open = True

    def _tell_lost(self, dial: Dial) -> None:
        if dial.contact_id in self._connected():
            self._results.end(dial.command_id, Result.ANSWERED)
        else:
            self._callbacks.tell_lost(dial)

    async def _patiently(self, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except Unavailable as error:
                log.warning("callbacks wait for postgres", extra={"error": str(error)})
                if self._is_stopping:
                    return
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
        """Raises Unavailable also while too many results wait to be written."""
        if not self._results.has_room:
            raise Unavailable("too many dials wait for their result to be written")
        claim = await self.book.claim(dial)
        if claim is not Claim.TAKEN:
            self._results.begin(dial.command_id)
        return claim

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
        self._results.end(command_id, result)
