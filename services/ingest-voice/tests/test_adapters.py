"""Files, sounds and numbers."""

import asyncio
import math
import os
from array import array
from pathlib import Path

import pytest
from voice_fakes import FakeOutbox

from chassis.errors import InvalidMessage
from chassis.sealing import ContactKey, KeyCache, new_key
from chassis.testing import eventually, running
from ingest_voice.adapters.journal import FileJournal, JournalTaken
from ingest_voice.adapters.phone_numbers import PhoneNumbers, dialled, user_of
from ingest_voice.adapters.recording_file import export_wav, find_recordings, read_header
from ingest_voice.adapters.recordings import SealedRecordings
from ingest_voice.adapters.speaker import resampled
from ingest_voice.adapters.speech import SpokenPrompts
from ingest_voice.adapters.stereo import StereoRecorder
from ingest_voice.adapters.synthesis import hold_music, tone, tone_pattern
from ingest_voice.adapters.untold_recordings import UntoldRecordings
from ingest_voice.adapters.vault import Vault
from ingest_voice.handlers.ports import NotKept
from local_stack.phone.tones import read_wav, tone_share


async def opened_journal(folder: Path) -> FileJournal:
    journal = FileJournal(folder)
    await journal.start()
    return journal


# The journal.


async def test_the_journal_of_a_process_that_died_names_its_open_calls(tmp_path: Path):
    journal = await opened_journal(tmp_path)
    for contact in ("a", "b", "c"):
        await journal.opened(contact, has_number=contact == "b")
    journal.closed("a")
    journal.rebound("b", "b2")
    journal.followed("d")
    await journal.stop()

    for _ in range(2):
        journal = await opened_journal(tmp_path)
        assert journal.lost == ("c", "b2", "d")
        assert journal.lost_with_number == {"b2"}
        await journal.stop()


async def test_a_folder_keeps_its_name(tmp_path: Path):
    first = await opened_journal(tmp_path)
    await first.stop()

    assert (await opened_journal(tmp_path)).holder == first.holder != ""


async def test_a_line_cut_short_by_a_crash_is_skipped(tmp_path: Path):
    journal = await opened_journal(tmp_path)
    await journal.opened("a", has_number=False)
    await journal.stop()
    with (tmp_path / "calls.jsonl").open("a") as file:
        file.write('\n{"opened": "b')

    assert (await opened_journal(tmp_path)).lost == ("a",)


async def test_the_journal_does_not_grow_for_ever(tmp_path: Path):
    journal = await opened_journal(tmp_path)
    await journal.opened("kept", has_number=False)
    for number in range(6000):
        journal.rebound(f"c{number - 1}", f"c{number}")
        journal.closed(f"c{number}")

    assert len((tmp_path / "calls.jsonl").read_text().splitlines()) < 10_002
    await journal.stop()
    assert (await opened_journal(tmp_path)).lost == ("kept",)


async def test_one_journal_has_one_process(tmp_path: Path):
    first = await opened_journal(tmp_path)

    with pytest.raises(JournalTaken):
        await opened_journal(tmp_path)
    await first.stop()


async def test_a_journal_that_cannot_be_written_refuses_new_calls_only(tmp_path: Path):
    journal = await opened_journal(tmp_path)
    await journal.opened("a", has_number=False)
    os.close(journal._fd)
    journal._fd = os.open("/dev/full", os.O_WRONLY)

    with pytest.raises(NotKept):
        await journal.opened("b", has_number=False)
    journal.closed("a")
    await journal.stop()


# Recordings.
async def lease(count: int) -> list[ContactKey]:
    return [ContactKey(f"key-{number}", new_key()) for number in range(count)]


async def recorded(folder: Path, *segments: bytes) -> tuple[Path, bytes]:
    """A finished recording and its key."""
    async with running(KeyCache(None, lease, batch=2)) as cache:
        vault = Vault("w", cache, "secret")
        key_id = await vault.take()
        key = vault.key(key_id)
        untold = UntoldRecordings(folder, FakeOutbox())
        made = SealedRecordings(folder, vault, "w", untold, pytest.fail)
        async with running(made) as recordings:
            sink = recordings.begin("c1", key_id)
            for pcm in segments:
                sink.write(pcm)
            sink.finish()
            stored = await recordings.stored(sink.recording_id)
    assert stored is not None
    (path,) = find_recordings(folder, "c1")
    assert str(path).endswith(stored.uri)
    return path, key


async def test_a_recording_opens_with_its_key_and_only_with_it(tmp_path: Path):
    pcm = array("h", range(16000)).tobytes()
    path, key = await recorded(tmp_path, pcm, pcm)

    assert export_wav(path, key, tmp_path / "out.wav")
    assert read_wav(tmp_path / "out.wav")[0] == array("h", list(range(0, 16000, 2)) * 2).tobytes()
    assert pcm[1000:1064] not in path.read_bytes()
    with pytest.raises(InvalidMessage):
        export_wav(path, new_key(), tmp_path / "out.wav")


async def test_a_recording_cut_short_opens_up_to_there_and_says_so(tmp_path: Path):
    path, key = await recorded(tmp_path, bytes(32000), bytes(32000))
    path.write_bytes(path.read_bytes()[:-100])

    assert not export_wav(path, key, tmp_path / "out.wav")
    assert len(read_wav(tmp_path / "out.wav")[0]) in (16000, 32000)


async def test_segments_cannot_change_places(tmp_path: Path):
    path, key = await recorded(tmp_path, bytes(32000), b"\1" * 32000)
    data = path.read_bytes()
    start = data.index(b"\n") + 1
    size = 4 + 12 + 32000 + 16
    one, two = data[start : start + size], data[start + size : start + 2 * size]
    path.write_bytes(data[:start] + two + one + data[start + 2 * size :])

    with pytest.raises(InvalidMessage):
        export_wav(path, key, tmp_path / "out.wav")


async def test_a_disk_that_fails_loses_the_recording_and_nothing_else(tmp_path: Path):
    (tmp_path / "recordings").write_text("a file where a folder should be")
    async with running(KeyCache(None, lease, batch=2)) as cache:
        vault = Vault("w", cache, "secret")
        untold = UntoldRecordings(tmp_path, FakeOutbox())
        made = SealedRecordings(tmp_path, vault, "w", untold, pytest.fail)
        async with running(made) as recordings:
            sink = recordings.begin("c1", await vault.take())
            sink.write(bytes(100))
            sink.finish()

            assert await recordings.stored(sink.recording_id) is None


def test_a_file_that_is_no_recording_is_refused(tmp_path: Path):
    path = tmp_path / "x"
    path.write_bytes(b"\xff\xfe" * 100)

    with pytest.raises(InvalidMessage):
        read_header(path)


class Sink:
    recording_id = "r"

    def __init__(self) -> None:
        self.pcm = b""

    def write(self, pcm: bytes) -> None:
        self.pcm += pcm

    def finish(self) -> None: ...


def test_a_side_that_sends_nothing_is_silence_and_the_other_keeps_its_place():
    """No drift: the recording is as long as the conversation, whatever one side sent."""
    sink = Sink()
    recorder = StereoRecorder(sink, 0.0)
    for tick in range(1, 501):
        left = b"\1\0" * 160 if tick > 250 else b""
        # The agent's clock runs 4 % fast.
        recorder.add(left, b"\2\0" * 166, tick * 0.02)
    recorder.finish(10.0)
    samples = array("h", sink.pcm)
    left, right = samples[0::2], samples[1::2]

    assert abs(len(left) - 80_000) < 3_000
    assert abs(left.index(1) - 40_000) < 3_000
    assert set(right[:70_000]) == {2}


# Sounds.


def test_hold_music_is_loud_enough_and_never_clips():
    samples = array("h", hold_music())

    assert 3_000 < max(samples) < 32_000
    assert len(samples) == 16 * 8000


def test_texts_have_tones_of_their_own():
    assert tone_pattern("one") == tone_pattern("one") != tone_pattern("two")


@pytest.mark.parametrize("rate", [22050, 16000, 44100])
def test_resampling_keeps_the_voice_and_drops_what_is_above_it(rate: int):
    def at(frequency: float) -> bytes:
        step = 2 * math.pi * frequency / rate
        return array("h", (int(9000 * math.sin(step * n)) for n in range(rate))).tobytes()

    kept = resampled(at(700), rate)
    dropped = array("h", resampled(at(6000), rate))

    assert len(kept) == 2 * 8000
    assert tone_share(kept, 700) > 0.95
    assert max(dropped[100:-100]) < 300


async def test_without_a_voice_prompts_are_tones(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "")
    async with running(SpokenPrompts("no-such-voice", 150)) as speech:
        assert await speech.pcm("hello  there") == tone_pattern("hello there")


async def test_a_speaking_process_that_dies_is_started_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """Any program named espeak-ng will do; this one writes a second of silence."""
    program = tmp_path / "espeak-ng"
    program.write_text(
        "#!/usr/bin/env python3\nimport sys, wave\nsys.stdin.read()\n"
        "w = wave.open(sys.stdout.buffer, 'wb')\nw.setparams((1, 2, 8000, 0, 'NONE', ''))\n"
        "w.writeframes(bytes(16000))\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    async with running(SpokenPrompts("en", 150)) as speech:
        assert await speech.pcm("one") == bytes(16000)
        process = speech._process
        assert process is not None
        process.kill()
        await process.wait()

        async def speaks() -> bool:
            return await speech.pcm("two") == bytes(16000)

        await eventually(speaks)
        assert await asyncio.gather(*(speech.pcm(f"t{n}") for n in range(5))) == [bytes(16000)] * 5


def test_a_tone_is_found_where_it_is():
    assert tone_share(tone(440, 0.5), 440) > 0.95
    assert tone_share(tone(440, 0.5), 660) < 0.01


# Numbers.


@pytest.mark.parametrize(
    ("uri", "region", "number"),
    [
        ("sip:+4930123456@host", "", "+4930123456"),
        ("sip:%2B49%2030%20123456@host;user=phone", "", "+4930123456"),
        ("sip:030123456@host", "DE", "+4930123456"),
        ("sip:030123456@host", "", ""),
        ("sip:anonymous@anonymous.invalid", "DE", ""),
        ("tel:+4930123456", "", "+4930123456"),
        ("sip:host", "", ""),
        ("", "", ""),
        ("sip:+" + "9" * 400 + "@h", "", ""),
    ],
)
def test_callers_are_known_in_e164(uri: str, region: str, number: str):
    assert PhoneNumbers(region).caller_of(uri) == number


def test_called_numbers_match_however_they_are_written():
    assert dialled("+49 (30) 123456", "") == dialled(user_of("sip:004930123456@h"), "")
    assert dialled("115", "") == "115"
    assert dialled(user_of("sip:Sales@h"), "") == "sales"
