"""Recordings, sealed second by second: no plain audio ever lies on a disk.

A file is one line of JSON (what is needed to open it, nothing personal), then segments: four bytes
of length, a nonce, the sealed PCM. Each segment is bound to its recording and its number, and an
empty last one says that the recording is whole.
"""

import asyncio
import contextlib
import hashlib
import json
import logging
import queue
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from chassis.part import Part
from chassis.sealing import associated_data, seal
from ingest_voice.adapters.untold_recordings import Untold, UntoldRecordings
from ingest_voice.adapters.vault import Vault
from ingest_voice.handlers.ports import StoredRecording

log = logging.getLogger(__name__)

FORMAT = "contact-center-recording-1"
FOLDER = "recordings"
_MAX_WAITING_SEGMENTS = 2_000
_END: bytes | None = None


@dataclass(slots=True, eq=False)
class SealedSink:
    """One recording while it is made."""

    recording_id: str
    contact_id: str
    path: Path
    uri: str
    header: bytes
    workspace: str
    key_id: str
    key: bytes = field(repr=False)
    queue: "queue.Queue[tuple[SealedSink, bytes | None]]"
    done: "asyncio.Future[StoredRecording | None]"
    file: BinaryIO | None = None
    sha256: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    segments: int = 0
    is_broken: bool = False

    def write(self, pcm: bytes) -> None:
        self._put(pcm)

    def finish(self) -> None:
        self._put(_END)

    def _put(self, item: bytes | None) -> None:
        try:
            self.queue.put_nowait((self, item))
        except queue.Full:
            # A gap must not pass for a whole recording.
            self.is_broken = True
            if item is _END:
                self.resolve(None)

    def append(self, pcm: bytes) -> None:
        """Writer thread: seal and write one segment."""
        if self.file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.file = self.part.open("wb")
            self._write(self.header)
        aad = segment_aad(self.workspace, self.recording_id, self.key_id, self.segments)
        sealed = seal(self.key_id, self.key, pcm, aad)
        body = sealed.nonce + sealed.ciphertext
        self._write(struct.pack(">I", len(body)) + body)
        self.segments += 1

    def close(self) -> None:
        """Writer thread: the last segment, then its final name."""
        self.append(b"")
        assert self.file is not None
        self.file.close()
        self.part.replace(self.path)

    def abandon(self) -> None:
        """Writer thread: it could not be kept whole."""
        with contextlib.suppress(OSError):
            if self.file is not None:
                self.file.close()
            self.part.unlink(missing_ok=True)

    @property
    def part(self) -> Path:
        return self.path.with_suffix(".part")

    def stored(self) -> StoredRecording:
        return StoredRecording(
            contact_id=self.contact_id, uri=self.uri, sha256=self.sha256.hexdigest()
        )

    def resolve(self, stored: StoredRecording | None) -> None:
        """Any thread: tell who waits."""
        loop = self.done.get_loop()
        if not loop.is_closed():
            loop.call_soon_threadsafe(_set, self.done, stored)

    def _write(self, data: bytes) -> None:
        assert self.file is not None
        self.file.write(data)
        self.sha256.update(data)


class SealedRecordings(Part):
    """All recordings of this process, written by one thread of their own."""

    def __init__(
        self,
        data_dir: Path,
        vault: Vault,
        workspace: str,
        untold: UntoldRecordings,
        on_failure: Callable[[BaseException], None],
    ) -> None:
        self._on_failure = on_failure
        self._untold = untold
        self._data_dir = data_dir
        self._vault = vault
        self._workspace = workspace
        self._queue: queue.Queue[tuple[SealedSink, bytes | None]] = queue.Queue(
            _MAX_WAITING_SEGMENTS
        )
        self._open: dict[str, SealedSink] = {}
        self._is_stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recordings", daemon=True)

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    async def stop(self) -> None:
        self._is_stopping.set()
        await asyncio.to_thread(self._thread.join, 5)

    def begin(self, contact_id: str, key_id: str) -> SealedSink:
        """Start a recording of a contact we hold."""
        recording_id = f"{contact_id}.{time.time_ns() // 1_000_000}"
        uri = f"{FOLDER}/{time.strftime('%Y-%m-%d', time.gmtime())}/{recording_id}.sealed"
        header = {
            "format": FORMAT,
            "workspace": self._workspace,
            "contact_id": contact_id,
            "recording_id": recording_id,
            "key_id": key_id,
            "rate": 8000,
            "channels": 2,
        }
        sink = SealedSink(
            recording_id=recording_id,
            contact_id=contact_id,
            path=self._data_dir / uri,
            uri=uri,
            header=json.dumps(header).encode() + b"\n",
            workspace=self._workspace,
            key_id=key_id,
            key=self._vault.key(key_id),
            queue=self._queue,
            done=asyncio.get_running_loop().create_future(),
        )
        self._open[recording_id] = sink
        return sink

    def ended(self, recording_id: str, conversation_id: str, duration_seconds: float) -> None:
        """Remember, beyond a crash, that it is to be told."""
        sink = self._open[recording_id]
        self._untold.ended(
            Untold(
                contact_id=sink.contact_id,
                recording_id=recording_id,
                conversation_id=conversation_id,
                key_id=sink.key_id,
                uri=sink.uri,
                duration_seconds=duration_seconds,
            )
        )

    def told(self, recording_id: str) -> None:
        """The log has it, or it could not be kept."""
        self._untold.told(recording_id)

    async def stored(self, recording_id: str) -> StoredRecording | None:
        """Once a finished recording is whole on disk; None if it could not be kept."""
        sink = self._open.pop(recording_id)
        return await sink.done

    def _run(self) -> None:
        try:
            while not (self._is_stopping.is_set() and self._queue.empty()):
                self._turn()
        except Exception as error:  # noqa: BLE001  Without this thread nothing is recorded.
            self._loop.call_soon_threadsafe(self._on_failure, error)

    def _turn(self) -> None:
        try:
            sink, pcm = self._queue.get(timeout=0.2)
        except queue.Empty:
            return
        if not sink.is_broken:
            self._take(sink, pcm)
        if pcm is _END:
            if sink.is_broken:
                sink.abandon()
            sink.resolve(None if sink.is_broken else sink.stored())

    def _take(self, sink: SealedSink, pcm: bytes | None) -> None:
        try:
            if pcm is None:
                sink.close()
            else:
                sink.append(pcm)
        except OSError as error:
            sink.is_broken = True
            log.error("a recording is lost", extra={"error": type(error).__name__})


def segment_aad(workspace: str, recording_id: str, key_id: str, number: int) -> bytes:
    """What binds a segment to its place."""
    return associated_data(workspace, f"Recording.segment|{recording_id}|{number}", key_id)


def _set(future: "asyncio.Future[StoredRecording | None]", stored: StoredRecording | None) -> None:
    if not future.done():
        future.set_result(stored)
