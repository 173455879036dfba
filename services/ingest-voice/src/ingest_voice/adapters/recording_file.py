"""Opens a sealed recording."""

import json
import struct
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from chassis.errors import InvalidMessage
from chassis.sealing import SealedBytes, open_sealed
from ingest_voice.adapters.recordings import FOLDER, FORMAT, segment_aad

_NONCE_BYTES = 12
_MAX_SEGMENT_BYTES = 1_048_576


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingHeader:
    workspace: str
    contact_id: str
    recording_id: str
    key_id: str
    rate: int
    channels: int


def find_recordings(data_dir: Path, contact_id: str) -> list[Path]:
    """The recordings of a contact, oldest first; unfinished ones (`.part`) included."""
    return [
        path
        for path in sorted((data_dir / FOLDER).glob("*/*"), key=lambda path: path.name)
        if path.name.startswith(f"{contact_id}.")
    ]


def read_header(path: Path) -> RecordingHeader:
    """Raises InvalidMessage for a file that is no recording."""
    with path.open("rb") as file:
        try:
            found = json.loads(file.readline(4096))
            if found.pop("format") != FORMAT:
                raise InvalidMessage(f"{path.name} has another format")
            return RecordingHeader(**found)
        except (ValueError, KeyError, TypeError):
            raise InvalidMessage(f"{path.name} is no recording") from None


def export_wav(path: Path, key: bytes, target: Path) -> bool:
    """Write a recording as a stereo WAV file; whether it was whole to its end."""
    header = read_header(path)
    is_whole = False
    with wave.open(str(target), "wb") as out:
        out.setnchannels(header.channels)
        out.setsampwidth(2)
        out.setframerate(header.rate)
        for pcm in _segments(path, header, key):
            is_whole = not pcm
            out.writeframes(pcm)
    return is_whole


def _segments(path: Path, header: RecordingHeader, key: bytes) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.readline(4096)
        number = 0
        while len(length := file.read(4)) == 4:
            size = struct.unpack(">I", length)[0]
            body = file.read(size) if size <= _MAX_SEGMENT_BYTES else b""
            if len(body) < size or size <= _NONCE_BYTES:
                # Cut short by a crash: what came before stands.
                return
            aad = segment_aad(header.workspace, header.recording_id, header.key_id, number)
            sealed = SealedBytes(header.key_id, body[:_NONCE_BYTES], body[_NONCE_BYTES:])
            yield open_sealed(key, sealed, aad)
            number += 1
