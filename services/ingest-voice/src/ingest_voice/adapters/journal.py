"""Which calls this service holds, in a file that outlives a crash."""

import asyncio
import fcntl
import json
import os
from pathlib import Path
from typing import Any

from chassis.part import Part

_COMPACT_AFTER_LINES = 10_000


class JournalTaken(Exception):
    """Another process uses the same folder."""


class FileJournal(Part):
    """One JSON line for each opening, rebinding and end; opening waits for the disk.

    One process per folder: a second one would tell the first one's calls as lost.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "calls.jsonl"
        self._folder = folder
        self._file: Any = None
        self._lock: Any = None
        self._open: dict[str, None] = {}
        self._lines = 0
        self.lost: tuple[str, ...] = ()

    async def start(self) -> None:
        """Take the folder, and find the contacts whose calls an earlier process lost."""
        await asyncio.to_thread(self._take)
        self.lost = tuple(self._open)

    async def stop(self) -> None:
        for held in (self._file, self._lock):
            if held is not None:
                held.close()
        self._file = self._lock = None

    def _take(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = (self._folder / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise JournalTaken(f"{self._folder} is used by another ingest-voice") from None
        self._open = self._read()
        self._compact()

    async def opened(self, contact_id: str) -> None:
        """Return when it is on disk."""
        self._open[contact_id] = None
        self._write({"opened": contact_id})
        await asyncio.to_thread(os.fsync, self._file.fileno())

    def rebound(self, old_contact_id: str, new_contact_id: str) -> None:
        self._open.pop(old_contact_id, None)
        self._open[new_contact_id] = None
        self._write({"closed": old_contact_id, "opened": new_contact_id})
        os.fsync(self._file.fileno())

    def closed(self, contact_id: str) -> None:
        """Not waited for: what is told twice after a crash is refused as a repeat."""
        if self._file is None or contact_id not in self._open:
            return
        del self._open[contact_id]
        self._write({"closed": contact_id})
        if self._lines > _COMPACT_AFTER_LINES + len(self._open):
            self._compact()

    def _write(self, line: dict[str, str]) -> None:
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()
        self._lines += 1

    def _read(self) -> dict[str, None]:
        found: dict[str, None] = {}
        if not self._path.exists():
            return found
        for text in self._path.read_text().splitlines():
            try:
                line = json.loads(text)
            except ValueError:
                # The last line of a crash may be cut short: it was not acted on.
                continue
            found.pop(line.get("closed", ""), None)
            if "opened" in line:
                found[line["opened"]] = None
        return found

    def _compact(self) -> None:
        """Write only what is open, then put it in the place of the old file."""
        fresh = self._path.with_suffix(".new")
        with fresh.open("w") as file:
            file.writelines(json.dumps({"opened": contact_id}) + "\n" for contact_id in self._open)
            file.flush()
            os.fsync(file.fileno())
        if self._file is not None:
            self._file.close()
        fresh.replace(self._path)
        folder = os.open(self._folder, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
        self._file = self._path.open("a")
        self._lines = len(self._open)
