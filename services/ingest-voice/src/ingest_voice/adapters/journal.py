"""Which calls this service holds, in a file that outlives a crash."""

import asyncio
import fcntl
import json
import logging
import os
from pathlib import Path
from typing import Any
from uuid import uuid4

from chassis.part import Part
from ingest_voice.handlers.ports import NotKept

log = logging.getLogger(__name__)

_COMPACT_AFTER_LINES = 10_000


class JournalTaken(Exception):
    """Another process uses the same folder."""


class FileJournal(Part):
    """One JSON line for each opening, rebinding and end; opening waits for the disk.

    One process per folder: a second one would tell the first one's calls as lost. On a full disk
    new calls are refused and the others go on: at worst an ended call is told as failed too,
    which the router refuses.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "calls.jsonl"
        self._folder = folder
        self._fd = -1
        self._lock: Any = None
        # Contacts, and whether we know the number of who calls.
        self._open: dict[str, bool] = {}
        self._lines = 0
        self.lost: tuple[str, ...] = ()
        self.lost_with_number: frozenset[str] = frozenset()
        # Names the folder, and so whoever runs on it.
        self.holder = ""

    async def start(self) -> None:
        """Take the folder, and find the contacts whose calls an earlier process lost."""
        await asyncio.to_thread(self._take)
        self.lost = tuple(self._open)
        self.lost_with_number = frozenset(c for c, has_number in self._open.items() if has_number)

    async def stop(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
        if self._lock is not None:
            self._lock.close()

    async def opened(self, contact_id: str, *, has_number: bool) -> None:
        """Return when it is on disk. Raises NotKept."""
        self._open[contact_id] = has_number
        try:
            self._write(_opening(contact_id, has_number))
            await asyncio.to_thread(os.fsync, self._fd)
        except OSError as error:
            del self._open[contact_id]
            raise NotKept(type(error).__name__) from error

    def followed(self, contact_id: str) -> None:
        self._open[contact_id] = False
        self._write_or_log(_opening(contact_id, False))

    def rebound(self, old_contact_id: str, new_contact_id: str) -> None:
        has_number = self._open.pop(old_contact_id, False)
        self._open[new_contact_id] = has_number
        self._write_or_log({"closed": old_contact_id, **_opening(new_contact_id, has_number)})

    def closed(self, contact_id: str) -> None:
        if self._fd < 0 or contact_id not in self._open:
            return
        del self._open[contact_id]
        self._write_or_log({"closed": contact_id})

    def _write_or_log(self, line: dict[str, str | bool]) -> None:
        """Not waited for: what is told twice after a crash is refused as a repeat."""
        try:
            self._write(line)
            if self._lines > _COMPACT_AFTER_LINES + len(self._open):
                self._compact()
        except OSError as error:
            log.error("the journal is not written", extra={"error": type(error).__name__})

    def _write(self, line: dict[str, str | bool]) -> None:
        # The line end comes first, so that a line cut short spoils only itself.
        data = f"\n{json.dumps(line)}".encode()
        if os.write(self._fd, data) < len(data):
            raise OSError("a short write")
        self._lines += 1

    def _take(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = (self._folder / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise JournalTaken(f"{self._folder} is used by another ingest-voice") from None
        self._open = self._read()
        self._compact()
        self.holder = self._read_holder()

    def _read(self) -> dict[str, bool]:
        found: dict[str, bool] = {}
        if not self._path.exists():
            return found
        for text in self._path.read_text().splitlines():
            try:
                line = json.loads(text)
            except ValueError:
                continue
            found.pop(line.get("closed", ""), None)
            if "opened" in line:
                found[line["opened"]] = line.get("has_number", False)
        return found

    def _read_holder(self) -> str:
        path = self._folder / "holder"
        if not path.exists():
            fresh = path.with_suffix(".new")
            fresh.write_text(str(uuid4()))
            fresh.replace(path)
        return path.read_text()

    def _compact(self) -> None:
        """Write only what is open, then put it in the place of the old file."""
        fresh = self._path.with_suffix(".new")
        with fresh.open("w") as file:
            lines = (_opening(*found) for found in self._open.items())
            file.writelines(f"\n{json.dumps(line)}" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        folder = os.open(self._folder, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = os.open(self._path, os.O_WRONLY | os.O_APPEND)
        self._lines = len(self._open)


def _opening(contact_id: str, has_number: bool) -> dict[str, str | bool]:
    return {"opened": contact_id, **({"has_number": True} if has_number else {})}
