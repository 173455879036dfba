"""The audio of a call: 20 ms at a time between its legs, its prompts and its recorder."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from baresip import AudioNotActive, AudioRestarted, CallAudio

from ingest_voice.adapters.stereo import StereoRecorder

RATE = 8000
BYTES_PER_SECOND = RATE * 2
TICK_SECONDS = 0.02

# What is played lies this far ahead in the transmit buffer, so that a late tick is not heard.
_PLAY_AHEAD = BYTES_PER_SECOND // 8
# What a joined leg hears starts with this much silence, for the same reason; and when the far
# clock runs faster than ours, what is beyond the maximum is dropped down to it again.
_LIVE_AHEAD = BYTES_PER_SECOND // 20
_LIVE_MAXIMUM = BYTES_PER_SECOND // 4
_READ_AT_ONCE = BYTES_PER_SECOND // 2
_TICKS_BETWEEN_CHECKS = 10
_FELL_BEHIND_SECONDS = 0.5


class Port:
    """One leg's audio. A leg without audio (yet, or any more) hears and says nothing."""

    def __init__(self, audio: CallAudio) -> None:
        self._audio = audio
        self._ticks = 0
        self._is_skipping = False

    def read(self) -> bytes:
        try:
            return bytes(self._audio.read(_READ_AT_ONCE))
        except (AudioRestarted, AudioNotActive):
            return b""

    def write(self, pcm: bytes) -> None:
        try:
            self._audio.write(pcm)
        except (AudioRestarted, AudioNotActive):
            return

    def write_live(self, pcm: bytes) -> None:
        """Pass on what the other side says; never let it grow old in the buffer."""
        self._ticks += 1
        if self._is_skipping or self._ticks % _TICKS_BETWEEN_CHECKS == 0:
            limit = _LIVE_AHEAD if self._is_skipping else _LIVE_MAXIMUM
            self._is_skipping = (self.buffered() or 0) > limit
        if pcm and not self._is_skipping:
            self.write(pcm)

    def flush(self) -> None:
        try:
            self._audio.flush_tx()
        except (AudioRestarted, AudioNotActive):
            return

    def buffered(self) -> int | None:
        """Bytes not yet sent; None while there is no audio to send."""
        try:
            info = self._audio.info()
        except (AudioRestarted, AudioNotActive):
            return None
        return info.tx_buffered if info.tx_ready else None


@dataclass(slots=True)
class Playback:
    """Something that is played to the customer: a prompt once, or music for ever."""

    pcm: bytes
    prompt_id: str | None
    is_interruptible: bool
    position: int = 0

    def take(self, size: int) -> bytes:
        chunk = self.pcm[self.position : self.position + size]
        self.position += len(chunk)
        if self.prompt_id is None and self.position >= len(self.pcm):
            self.position = 0
        return chunk

    @property
    def is_taken(self) -> bool:
        return self.position >= len(self.pcm)


class CallMedia:
    """What flows between the two sides of one call. Used by two threads, guarded by its lock."""

    def __init__(
        self, customer: Port, music: bytes, on_prompt_end: Callable[[str, bool], None]
    ) -> None:
        self._customer = customer
        self._agent: Port | None = None
        self._is_held = False
        self._playback: Playback | None = None
        self._recorder: StereoRecorder | None = None
        self._music = music
        self._on_prompt_end = on_prompt_end
        self._lock = threading.Lock()

    def play(self, prompt_id: str, pcm: bytes, *, is_interruptible: bool) -> None:
        with self._lock:
            self._replace(Playback(pcm, prompt_id, is_interruptible))

    def play_music(self) -> None:
        with self._lock:
            self._replace(Playback(self._music, None, False))

    def stop_playing(self) -> None:
        with self._lock:
            self._replace(None)

    def interrupt(self) -> str | None:
        """Cut an interruptible prompt short; its id if there was one."""
        with self._lock:
            playback = self._playback
            if playback is None or playback.prompt_id is None or not playback.is_interruptible:
                return None
            self._replace(None)
            return playback.prompt_id

    def join(self, agent: Port) -> None:
        """Let both sides hear each other from now on."""
        with self._lock:
            self._replace(None)
            self._agent, self._is_held = agent, False
            for port in (self._customer, agent):
                port.read()
                port.write(bytes(_LIVE_AHEAD))

    def part(self) -> None:
        with self._lock:
            self._agent = None
            self._replace(None)

    def hold(self) -> None:
        with self._lock:
            self._is_held = True
            self._replace(Playback(self._music, None, False))
            if self._agent is not None:
                self._agent.flush()

    def resume(self) -> None:
        with self._lock:
            self._is_held = False
            self._replace(None)

    def record(self, recorder: StereoRecorder) -> None:
        with self._lock:
            self._recorder = recorder

    def stop_recording(self) -> StereoRecorder | None:
        """End the recording; the one that ended, if any."""
        with self._lock:
            recorder, self._recorder = self._recorder, None
            if recorder is not None:
                recorder.finish(time.monotonic())
            return recorder

    def tick(self, now: float) -> None:
        """Move 20 ms of audio. Media thread."""
        ended: str | None = None
        with self._lock:
            heard = self._customer.read()
            said = self._agent.read() if self._agent is not None else b""
            if self._agent is not None and not self._is_held:
                self._customer.write_live(said)
                self._agent.write_live(heard)
            else:
                heard, said = b"", b""
                ended = self._feed()
            if self._recorder is not None:
                self._recorder.add(heard, said, now)
        if ended is not None:
            self._on_prompt_end(ended, False)

    def _feed(self) -> str | None:
        """Top up what is being played; the id of a prompt that was heard to its end."""
        playback = self._playback
        if playback is None:
            return None
        buffered = self._customer.buffered()
        if buffered is None:
            return None
        if not playback.is_taken:
            missing = _PLAY_AHEAD - buffered
            if missing > 0:
                self._customer.write(playback.take(missing & ~1))
            return None
        if buffered > 0:
            return None
        self._playback = None
        return playback.prompt_id

    def _replace(self, playback: Playback | None) -> None:
        if self._playback is not None:
            self._customer.flush()
        self._playback = playback


class MediaClock:
    """A thread that ticks every call each 20 ms while there are calls, and sleeps otherwise."""

    def __init__(
        self,
        on_late: Callable[[float], None],
        on_failure: Callable[[Exception], None],
    ) -> None:
        self._on_late = on_late
        self._on_failure = on_failure
        self._calls: dict[str, CallMedia] = {}
        self._wake = threading.Event()
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="media-clock", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._is_stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(2)

    def add(self, call_key: str, media: CallMedia) -> None:
        self._calls = {**self._calls, call_key: media}
        self._wake.set()

    def remove(self, call_key: str) -> None:
        self._calls = {key: media for key, media in self._calls.items() if key != call_key}

    def _run(self) -> None:
        try:
            while not self._is_stopping:
                self._wake.wait()
                self._wake.clear()
                self._tick_while_there_are_calls()
        except Exception as error:  # noqa: BLE001  A dead clock must end the process, not one call.
            self._on_failure(error)

    def _tick_while_there_are_calls(self) -> None:
        due = time.monotonic()
        while self._calls and not self._is_stopping:
            now = time.monotonic()
            self._on_late(max(0.0, now - due))
            if now - due > _FELL_BEHIND_SECONDS:
                due = now
            for media in self._calls.values():
                media.tick(now)
            due += TICK_SECONDS
            time.sleep(max(0.0, due - time.monotonic()))
