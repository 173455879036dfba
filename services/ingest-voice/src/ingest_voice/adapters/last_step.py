"""How far this service has followed the router, in a file that outlives a crash."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from chassis.part import Part

log = logging.getLogger(__name__)

EVERY_SECONDS = 1.0


class LastStep(Part):
    """The log's stamp of a step that was followed, about a second ago at most.

    What an earlier process wrote stays until `go_on`: a start that fails must not forget it.
    """

    def __init__(self, path: Path, now: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._now = now
        self._due = 0.0
        self._goes_on = False
        # Of the earlier process, in milliseconds since 1970; None when there is none.
        self.before: int | None = None

    async def start(self) -> None:
        """Read what the earlier process wrote. After the journal has the folder."""
        try:
            self.before = int(self._path.read_text())
        except (OSError, ValueError):
            self.before = None

    def go_on(self) -> None:
        """What was before is of no use any more."""
        self._goes_on = True

    def note(self, timestamp_ms: int) -> None:
        """Remember it, at most each second."""
        if not self._goes_on or self._now() < self._due:
            return
        self._due = self._now() + EVERY_SECONDS
        fresh = self._path.with_suffix(".new")
        try:
            fresh.write_text(str(timestamp_ms))
            fresh.replace(self._path)
        except OSError as error:
            log.error("the last step is not written", extra={"error": type(error).__name__})
