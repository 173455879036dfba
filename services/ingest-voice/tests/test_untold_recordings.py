"""What a process that died did not say of the recordings it had made."""

import hashlib
from dataclasses import replace
from pathlib import Path

from voice_fakes import FakeOutbox

from ingest_voice.adapters.untold_recordings import Untold, UntoldRecordings
from ingest_voice.domain.facts import RecordingStored


async def test_a_recording_that_a_crash_left_untold_is_told_by_the_next_process(tmp_path: Path):
    path = tmp_path / "recordings" / "c1.1.sealed"
    path.parent.mkdir()
    path.write_bytes(b"sealed")
    ended = Untold(
        contact_id="c1",
        recording_id="c1.1",
        conversation_id="conversation",
        key_id="key-1",
        uri="recordings/c1.1.sealed",
        duration_seconds=2.0,
    )
    died = UntoldRecordings(tmp_path, FakeOutbox())
    await died.start()
    died.ended(ended)
    died.ended(replace(ended, recording_id="never.whole", uri="recordings/never.sealed"))
    outbox = FakeOutbox()
    await UntoldRecordings(tmp_path, outbox).start()

    [told] = outbox.facts
    assert isinstance(told, RecordingStored)
    assert (told.recording_id, told.uri, told.duration_seconds) == ("c1.1", ended.uri, 2.0)
    assert told.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    again = FakeOutbox()
    await UntoldRecordings(tmp_path, again).start()
    assert again.facts == []
