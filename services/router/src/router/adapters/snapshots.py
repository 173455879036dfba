"""Snapshots as files: a line that says what it is, then the state; several are kept."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import uuid4

import fsspec  # type: ignore[import-untyped]
import orjson

from router import metrics

FORMAT = 1
MAX_HEADER = 4_096
UNFINISHED = ".part"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The state of a workspace after the record at `offset`."""

    workspace: str
    partition: int
    offset: int
    step_number: int
    engine_version: int
    state: dict[str, Any]


class DamagedSnapshot(Exception):
    """A file is no snapshot, or not the one it says it is."""


class SnapshotStore:
    """A folder per workspace, on whatever fsspec reaches; routers may share it."""

    def __init__(self, url: str, kept: int, kept_older: int = 0) -> None:
        """`kept_older` beside the newest ones stay, each about four times as far back."""
        self._fs, self._root = fsspec.core.url_to_fs(url)
        self._kept = kept
        self._kept_older = kept_older

    def save(self, snapshot: Snapshot) -> None:
        """Write it whole or not at all, then let the oldest go."""
        folder = f"{self._root}/{snapshot.workspace}"
        self._fs.makedirs(folder, exist_ok=True)
        path = f"{folder}/{snapshot.offset:020d}-{snapshot.step_number}.json"
        # Where routers share a storage, who loses a partition may still write what its heir writes.
        part = f"{path}.{uuid4().hex}{UNFINISHED}"
        self._fs.pipe_file(part, _encode(snapshot))
        self._fs.mv(part, path)
        metrics.SNAPSHOTS.labels("saved").inc()
        paths = self._paths(folder)
        for old in self._superfluous(paths) + self._left_behind(folder, paths):
            with suppress(FileNotFoundError):
                self._fs.rm_file(old)

    def newest(self, partition: int) -> list[Snapshot]:
        """Return the newest good snapshot of each workspace of the partition."""
        if not self._fs.exists(self._root):
            return []
        folders = sorted(self._fs.ls(self._root, detail=False))
        found = [self._newest_of(folder) for folder in folders]
        return [s for s in found if s is not None and s.partition == partition]

    def latest(self, workspace: str, until: int) -> Snapshot | None:
        """Return the newest good snapshot of a workspace taken at or before the offset."""
        return self._newest_of(f"{self._root}/{workspace}", until)

    def read(self, path: str) -> Snapshot:
        """Return the snapshot in a file of this storage; DamagedSnapshot when it is none."""
        return _decode(self._fs.cat_file(path))

    def _newest_of(self, folder: str, until: int | None = None) -> Snapshot | None:
        for path in self._paths(folder):
            if until is not None and _offset_of(path) > until:
                continue
            try:
                return _decode(self._fs.cat_file(path))
            except DamagedSnapshot as error:
                metrics.SNAPSHOTS.labels("damaged").inc()
                log.error("snapshot is damaged", extra={"path": path, "error": str(error)})
            except FileNotFoundError:
                # Another process has let it go just now.
                continue
        return None

    def _superfluous(self, paths: list[str]) -> list[str]:
        """Return those to let go: of the older ones the oldest of each distance stays."""
        newest, older = _offset_of(paths[0]), paths[self._kept :]
        groups: dict[int, str] = {}
        for path in older:
            groups[(newest - _offset_of(path)).bit_length() // 2] = path
        staying = set(list(groups.values())[: self._kept_older])
        return [path for path in older if path not in staying]

    def _left_behind(self, folder: str, paths: list[str]) -> list[str]:
        """Return what processes that were killed did not finish: nobody writes that far back."""
        oldest = _offset_of(paths[: self._kept][-1])
        found = self._fs.ls(folder, detail=False)
        return [p for p in found if p.endswith(UNFINISHED) and _offset_of(p) < oldest]

    def _paths(self, folder: str) -> list[str]:
        """Return the files, newest first."""
        paths = self._fs.ls(folder, detail=False) if self._fs.isdir(folder) else []
        return sorted((path for path in paths if path.endswith(".json")), reverse=True)


def _offset_of(path: str) -> int:
    """Return the offset that the file's name tells; what has no such name is none of ours."""
    number = path.rpartition("/")[2].partition("-")[0]
    return int(number) if number.isdigit() else -1


def _encode(snapshot: Snapshot) -> bytes:
    body = orjson.dumps(snapshot.state)
    header = {
        "format": FORMAT,
        "workspace": snapshot.workspace,
        "partition": snapshot.partition,
        "offset": snapshot.offset,
        "step_number": snapshot.step_number,
        "engine_version": snapshot.engine_version,
        "sha256": sha256(body).hexdigest(),
    }
    return orjson.dumps(header) + b"\n" + body


def _decode(content: bytes) -> Snapshot:
    line, _, body = content.partition(b"\n")
    try:
        header = orjson.loads(line[:MAX_HEADER])
        if header["format"] != FORMAT:
            raise DamagedSnapshot(f"format {header['format']} is not {FORMAT}")
        if header["sha256"] != sha256(body).hexdigest():
            raise DamagedSnapshot("its checksum is another")
        return Snapshot(
            workspace=header["workspace"],
            partition=header["partition"],
            offset=header["offset"],
            step_number=header["step_number"],
            engine_version=header["engine_version"],
            state=orjson.loads(body),
        )
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise DamagedSnapshot(f"{type(error).__name__}: {error}") from error
