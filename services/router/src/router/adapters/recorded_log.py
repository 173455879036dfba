"""The log of a workspace as a file: its records and the steps that were said about them.

xz around: one line that names the format, one line of JSON, then frames (kind, offset, stamp,
length, bytes) in the order in which they can be replayed, the last one saying how many there were.
"""

import json
import lzma
import struct
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO, cast

from router.adapters.codec.said import read_said
from router.handlers.partition import Raw
from router.handlers.replaying import Said

MAGIC = b"contact-center log 1\n"
FRAME = struct.Struct(">cqqI")
RECORD, STEP, END = b"R", b"S", b"E"
MAX_LINE = 4_096
MAX_VALUE = 8_388_608


class NotALog(Exception):
    """The file is no recorded log, or not a whole one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Whose log it is; `first_offset` is where the partition began when it was recorded."""

    workspace: str
    partition: int
    first_offset: int = 0
    note: str = ""


class LogWriter:
    """Writes records and steps; the file is whole only after `close`. The same is the same."""

    def __init__(self, path: Path, about: About) -> None:
        self._file = lzma.open(path, "wb", preset=6)  # noqa: SIM115  (closed by close)
        self.records = self.steps = 0
        line = json.dumps(asdict(about), sort_keys=True).encode()
        self._file.write(MAGIC + line + b"\n")

    def write(self, item: Raw | Said) -> None:
        """Append a record or a step."""
        if isinstance(item, Raw):
            self.records += 1
            head = FRAME.pack(RECORD, item.offset, item.stamp, len(item.value))
        else:
            self.steps += 1
            head = FRAME.pack(STEP, item.cause, item.step_number, len(item.value))
        self._file.write(head + item.value)

    def close(self) -> None:
        """Write the end."""
        self._file.write(FRAME.pack(END, self.records, self.steps, 0))
        self._file.close()


class RecordedLog:
    """A file to replay from; NotALog when it is none, or was cut off."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with lzma.open(path) as file:
            self.about = _about(path, cast(BinaryIO, file))

    def items(self) -> Iterator[Raw | Said]:
        """Yield records and steps in the order in which they were written."""
        with lzma.open(self._path) as file:
            _about(self._path, cast(BinaryIO, file))
            try:
                yield from self._frames(cast(BinaryIO, file))
            except (EOFError, OSError, lzma.LZMAError, struct.error) as error:
                raise NotALog(f"{self._path.name} is damaged or cut off: {error}") from error

    async def flow(self) -> AsyncIterator[Raw | Said]:
        """Yield the same, for who reads from Kafka at other times."""
        for item in self.items():
            yield item

    def _frames(self, file: BinaryIO) -> Iterator[Raw | Said]:
        key = self.about.workspace.encode()
        counts = [0, 0]
        while True:
            kind, first, second, length = FRAME.unpack(_exactly(file, FRAME.size))
            if kind == END:
                if counts != [first, second]:
                    raise NotALog(f"{self._path.name}: something is missing in it")
                return
            if kind not in (RECORD, STEP) or length > MAX_VALUE:
                raise NotALog(f"{self._path.name}: a frame of an unknown kind")
            value = _exactly(file, length)
            counts[kind == STEP] += 1
            if kind == RECORD:
                yield Raw(offset=first, stamp=second, key=key, value=value)
            else:
                yield read_said(key, value)


def _about(path: Path, file: BinaryIO) -> About:
    try:
        if file.read(len(MAGIC)) != MAGIC:
            raise NotALog(f"{path.name} is no recorded log, or one of another version")
        return About(**json.loads(file.readline(MAX_LINE)))
    except (EOFError, OSError, lzma.LZMAError, ValueError, TypeError) as error:
        raise NotALog(f"{path.name} is no recorded log: {error}") from error


def _exactly(file: BinaryIO, length: int) -> bytes:
    found = file.read(length)
    if len(found) < length:
        raise EOFError("it ends too early")
    return found
