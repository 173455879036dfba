"""The audio of a call: 20 ms at a time between its legs, its prompts and its recorder."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from ingest_voice.adapters.mixing import Mixer, but, mixed
from ingest_voice.adapters.port import BYTES_PER_SECOND, Port
from ingest_voice.adapters.stereo import StereoRecorder

# What is played lies this far ahead in the transmit buffer, so that a late tick is not heard.
_PLAY_AHEAD = BYTES_PER_SECOND // 8
_PAIR = 2


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
    """What flows between the legs of one call. Used by two threads, guarded by its lock."""

    def __init__(
        self, customer: Port, music: bytes, on_prompt_end: Callable[[str, bool], None]
    ) -> None:
        self._customer = customer
        self._legs: dict[str, Port] = {}
        self._has_customer = False
        self._mixer: Mixer | None = None
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

    def talk(self, legs: dict[str, Port], *, has_customer: bool) -> None:
        """Let these legs hear each other, with or without the customer; nobody else hears them."""
        with self._lock:
            for key in self._legs.keys() - legs.keys():
                self._legs[key].flush()
            fresh = [port for key, port in legs.items() if key not in self._legs]
            # A leg that stays keeps its buffers.
            self._legs = {key: self._legs.get(key, port) for key, port in legs.items()}
            if has_customer != self._has_customer:
                self._replace(None)
                fresh += [self._customer] if has_customer else []
                if not has_customer:
                    self._customer.flush()
            self._has_customer = has_customer
            for port in fresh:
                port.begin_live()
            sides = len(self._speakers())
            self._mixer = Mixer(sides) if sides > _PAIR else None

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
            speakers = self._speakers()
            heard, said = self._mix(speakers) if self._mixer else _pass_on(speakers)
            if not self._has_customer:
                # Read all the same: what was said meanwhile is nobody's.
                self._customer.read()
                ended = self._feed()
                heard = said = b""
            if self._recorder is not None:
                self._recorder.add(heard, said, now)
        if ended is not None:
            self._on_prompt_end(ended, False)

    def _speakers(self) -> list[Port]:
        """Who hears each other; the customer first."""
        return [*([self._customer] if self._has_customer else []), *self._legs.values()]

    def _mix(self, speakers: list[Port]) -> tuple[bytes, bytes]:
        """Let each hear all others; what the first said, and what the others said together."""
        if self._mixer is None:
            return b"", b""
        frames = self._mixer.turn([port.read() for port in speakers])
        for side, port in enumerate(speakers):
            port.write_live(mixed(but(frames, side)))
        return mixed(frames[:1]), mixed(frames[1:])

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


def _pass_on(speakers: list[Port]) -> tuple[bytes, bytes]:
    """Two hear each other, one alone nobody; what each said."""
    said = [port.read() for port in speakers]
    if len(speakers) < _PAIR:
        return (said[0] if said else b""), b""
    first, second = speakers
    second.write_live(said[0])
    first.write_live(said[1])
    return said[0], said[1]
