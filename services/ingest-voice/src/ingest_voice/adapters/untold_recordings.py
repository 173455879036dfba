"""Recordings that have ended and that the log does not have yet, in files that outlive a crash."""

import asyncio
import hashlib
import json
import logging
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from chassis.part import Part
from ingest_voice import metrics
from ingest_voice.domain.facts import RecordingStored
from ingest_voice.handlers.ports import Outbox

log = logging.getLogger(__name__)

FOLDER = Path("journal") / "recordings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """All that is told of a recording but its checksum, which the file has."""

    contact_id: str
    recording_id: str
    conversation_id: str
    key_id: str
    uri: str
    duration_seconds: float


class UntoldRecordings(Part):
    """One small file for each; what an earlier process left is told at the start.

    After the journal has the folder, so that nobody else tells the same.
    """

    def __init__(self, data_dir: Path, outbox: Outbox) -> None:
        self._data_dir = data_dir
        self._folder = data_dir / FOLDER
        self._outbox = outbox

    async def start(self) -> None:
        """Put in line what was not told; what is not whole on disk is lost."""
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        for path in sorted(self._folder.glob("*.json")):
            left = await asyncio.to_thread(self._read, path)
            if left is None:
                metrics.RECORDINGS_LOST.inc()
                self.told(path.stem)
            else:
                self._tell_again(*left)

    def ended(self, recording: Untold) -> None:
        """Remember it. A disk that fails costs no more than it did before: a crash loses it."""
        path = self._path(recording.recording_id)
        try:
            fresh = path.with_suffix(".new")
            fresh.write_text(json.dumps(asdict(recording)))
            fresh.replace(path)
        except OSError as error:
            log.error("a recording is not noted", extra={"error": type(error).__name__})

    def told(self, recording_id: str) -> None:
        """The log has it, or it could not be kept."""
        self._path(recording_id).unlink(missing_ok=True)

    def _path(self, recording_id: str) -> Path:
        return self._folder / f"{recording_id}.json"

    def _read(self, path: Path) -> tuple[Untold, str] | None:
        """What was left, and the checksum of its file."""
        try:
            recording = Untold(**json.loads(path.read_text()))
            with (self._data_dir / recording.uri).open("rb") as file:
                return recording, hashlib.file_digest(file, "sha256").hexdigest()
        except (OSError, ValueError, TypeError) as error:
            log.error("a recording is lost", extra={"error": type(error).__name__})
            return None

    def _tell_again(self, recording: Untold, sha256: str) -> None:
        fact = RecordingStored(
            contact_id=recording.contact_id,
            recording_id=recording.recording_id,
            uri=recording.uri,
            duration_seconds=recording.duration_seconds,
            key_id=recording.key_id,
            sha256=sha256,
        )
        conversation_id = recording.conversation_id
        self._outbox.tell(fact, conversation_id=conversation_id, key_id=recording.key_id)
        self._outbox.when_told(partial(self.told, recording.recording_id))
