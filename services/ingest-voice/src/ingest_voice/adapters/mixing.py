"""Several voices into one: each hears all others, and never itself."""

from array import array
from collections.abc import Sequence
from typing import TypeAlias

FRAME_BYTES = 320
"""20 ms of 8 kHz 16-bit PCM."""
# A voice begins once so much of it is there, so that a late packet is not heard; and what waits
# beyond the maximum, because its clock runs faster than ours, is dropped down to it again.
_AHEAD = FRAME_BYTES * 2
_MAXIMUM = FRAME_BYTES * 12
_HIGHEST, _LOWEST = 32767, -32768

Frame: TypeAlias = "array[int] | None"
"""None is silence."""


class Voice:
    """One side's audio as it comes, taken in frames."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._is_flowing = False

    def take(self, heard: bytes) -> Frame:
        """Put in what came, take out 20 ms; None for silence."""
        self._waiting += heard
        if len(self._waiting) > _MAXIMUM:
            del self._waiting[: len(self._waiting) - _AHEAD]
        wanted = FRAME_BYTES if self._is_flowing else _AHEAD
        self._is_flowing = len(self._waiting) >= wanted
        if not self._is_flowing:
            return None
        frame = array("h", bytes(self._waiting[:FRAME_BYTES]))
        del self._waiting[:FRAME_BYTES]
        return frame


class Mixer:
    """For as many sides as speak together; one call each 20 ms."""

    def __init__(self, sides: int) -> None:
        self._voices = [Voice() for _ in range(sides)]

    def turn(self, heard: Sequence[bytes]) -> list[Frame]:
        """Return this turn's frame of each side."""
        return [voice.take(pcm) for voice, pcm in zip(self._voices, heard, strict=True)]


def mixed(frames: Sequence[Frame]) -> bytes:
    """The sum of voices, 20 ms of silence for none."""
    speaking = [frame for frame in frames if frame is not None]
    if not speaking:
        return bytes(FRAME_BYTES)
    if len(speaking) == 1:
        return speaking[0].tobytes()
    sums = map(sum, zip(*speaking, strict=True))
    return array("h", [max(_LOWEST, min(_HIGHEST, value)) for value in sums]).tobytes()


def but(frames: Sequence[Frame], side: int) -> list[Frame]:
    """All frames without this side's own."""
    return [frame for number, frame in enumerate(frames) if number != side]
