"""Is a tone heard? And the files in which that can be checked."""

import math
import wave
from array import array
from pathlib import Path

RATE = 8000
WINDOW = 400


def tone_share(pcm: bytes, frequency: float, rate: int = RATE) -> float:
    """How much of the energy of 16-bit mono PCM lies at a frequency, 0 to 1 (Goertzel).

    Each 50 ms count for themselves: where a busy machine left a gap, a tone goes on at another
    phase, and over the whole the two would cancel each other.
    """
    samples = array("h", pcm[: len(pcm) & ~1])
    size = min(WINDOW * rate // RATE, len(samples))
    windows = [samples[at : at + size] for at in range(0, len(samples) - size + 1, size or 1)]
    energy = float(sum(value * value for window in windows for value in window))
    if energy == 0:
        return 0.0
    coefficient = 2 * math.cos(2 * math.pi * frequency / rate)
    found = sum(_power(window, coefficient) for window in windows)
    return min(1.0, 2 * found / (energy * size))


def _power(samples: "array[int]", coefficient: float) -> float:
    before = last = 0.0
    for value in samples:
        before, last = last, value + coefficient * last - before
    return last * last + before * before - coefficient * last * before


def sine(frequency: float, start: int, size: int) -> bytes:
    """Samples `start` to `start + size` of a steady tone, 16-bit mono."""
    step = 2 * math.pi * frequency / RATE
    samples = (int(9000 * math.sin(step * n)) for n in range(start, start + size))
    return array("h", samples).tobytes()


def read_wav(path: Path) -> list[bytes]:
    """The channels of a 16-bit WAV file."""
    with wave.open(str(path)) as recording:
        count = recording.getnchannels()
        samples = array("h", recording.readframes(recording.getnframes()))
    return [samples[channel::count].tobytes() for channel in range(count)]


def write_wav(path: Path, pcm: bytes) -> None:
    """Write 16-bit mono PCM."""
    with wave.open(str(path), "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(2)
        recording.setframerate(RATE)
        recording.writeframes(pcm)
