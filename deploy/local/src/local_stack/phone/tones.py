"""Is a tone heard? And the files in which that can be checked."""

import math
import wave
from array import array
from pathlib import Path

RATE = 8000


def tone_share(pcm: bytes, frequency: float, rate: int = RATE) -> float:
    """How much of the energy of 16-bit mono PCM lies at a frequency, 0 to 1 (Goertzel)."""
    samples = array("h", pcm[: len(pcm) & ~1])
    energy = float(sum(value * value for value in samples))
    if energy == 0:
        return 0.0
    coefficient = 2 * math.cos(2 * math.pi * frequency / rate)
    before = last = 0.0
    for value in samples:
        before, last = last, value + coefficient * last - before
    power = last * last + before * before - coefficient * last * before
    return min(1.0, 2 * power / (energy * len(samples)))


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
