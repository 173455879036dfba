"""Sounds made by code: hold music, and tones where no voice is to be had."""

import hashlib
import math
from array import array

RATE = 8000
_PENTATONIC = (261.63, 293.66, 329.63, 392.0, 440.0, 523.25, 587.33, 659.26)
# Scale degrees of a slow melody; None is a rest.
_MELODY = (
    0, 2, 4, None, 3, 2, 1, None, 2, 4, 5, None, 4, 3, 2, None,
    4, 5, 6, None, 5, 4, 3, None, 2, 3, 1, None, 0, None, None, None,
)  # fmt: skip
_NOTE_SECONDS = 0.5
_FADE_SECONDS = 0.02


def hold_music() -> bytes:
    """Sixteen seconds of a soft melody that may be looped; ours, so nobody's licence."""
    size = int(_NOTE_SECONDS * RATE)
    samples = array("h", bytes(2 * size * len(_MELODY)))
    for index, degree in enumerate(_MELODY):
        if degree is not None:
            _add(samples, index * size, _struck(_PENTATONIC[degree], 3 * size, 3500))
        if index % 8 == 0:
            _add(samples, index * size, _struck(_PENTATONIC[0] / 2, 8 * size, 2500))
    return samples.tobytes()


def tone(frequency: float, seconds: float, amplitude: int = 8000) -> bytes:
    """A steady sine with soft ends."""
    size, fade = int(seconds * RATE), int(_FADE_SECONDS * RATE)
    step = 2 * math.pi * frequency / RATE
    return array(
        "h",
        (
            int(amplitude * min(1.0, n / fade, (size - n) / fade) * math.sin(step * n))
            for n in range(size)
        ),
    ).tobytes()


def tone_pattern(text: str) -> bytes:
    """Four short notes that tell one text from another where nothing can be spoken."""
    digest = hashlib.sha256(text.encode()).digest()
    pause = bytes(2 * int(0.05 * RATE))
    notes = (tone(_PENTATONIC[byte % len(_PENTATONIC)], 0.2) + pause for byte in digest[:4])
    return b"".join(notes)


def _struck(frequency: float, size: int, amplitude: float) -> "array[int]":
    """A note that dies away, with a little of its octave."""
    step = 2 * math.pi * frequency / RATE
    attack = RATE // 100
    decay = math.exp(-3.5 / size)
    notes = array("h", bytes(2 * size))
    level = amplitude
    for n in range(size):
        level *= decay
        loudness = level * min(1.0, n / attack)
        notes[n] = int(loudness * (math.sin(step * n) + 0.25 * math.sin(2 * step * n)))
    return notes


def _add(samples: "array[int]", start: int, notes: "array[int]") -> None:
    """Mix notes in; what runs over the end sounds at the beginning, where the loop goes on."""
    length = len(samples)
    for n, value in enumerate(notes):
        place = (start + n) % length
        samples[place] = max(-32768, min(32767, samples[place] + value))
