"""The process that speaks: texts come in as lines of JSON, 8 kHz PCM goes out.

    python -m ingest_voice.adapters.speaker en 150

It runs apart because eSpeak NG, which it uses where it is to be had (the program `espeak-ng`, or
the library in the wheel `espeakng-loader`), is under the GPL, and because a crash in it must end
no call. Each answer is four bytes of length, then the PCM. The first answer, before any text, is
empty and says that a voice is there; without one the process ends with 3.
"""

import ctypes
import importlib.util
import io
import json
import math
import shutil
import struct
import subprocess
import sys
import wave
from array import array
from collections.abc import Callable

RATE = 8000
NO_VOICE = 3
_CUTOFF_HZ = 3600.0
_REACH = 12
_MAX_LINE = 65_536
_SYNTH_SECONDS = 20

Speak = Callable[[str], tuple[bytes, int]]


def main() -> int:
    voice, words_per_minute = sys.argv[1], int(sys.argv[2])
    speak = _program(voice, words_per_minute) or _library(voice, words_per_minute)
    if speak is None:
        return NO_VOICE
    _answer(b"")
    while line := sys.stdin.buffer.readline(_MAX_LINE):
        pcm, rate = speak(str(json.loads(line)))
        _answer(resampled(pcm, rate))
    return 0


def _answer(pcm: bytes) -> None:
    sys.stdout.buffer.write(struct.pack(">I", len(pcm)) + pcm)
    sys.stdout.buffer.flush()


def _program(voice: str, words_per_minute: int) -> Speak | None:
    """The program espeak-ng on the PATH."""
    path = shutil.which("espeak-ng")
    if path is None:
        return None
    command = [path, "-v", voice, "-s", str(words_per_minute), "--stdin", "--stdout"]

    def speak(text: str) -> tuple[bytes, int]:
        spoken = subprocess.run(  # noqa: S603  (a full path, the text goes in by standard input)
            command, input=text.encode(), capture_output=True, check=True, timeout=_SYNTH_SECONDS
        )
        with wave.open(io.BytesIO(spoken.stdout)) as sound:
            return sound.readframes(sound.getnframes()), sound.getframerate()

    return speak


def _library(voice: str, words_per_minute: int) -> Speak | None:
    """The library in the wheel espeakng-loader."""
    if importlib.util.find_spec("espeakng_loader") is None:
        return None
    loader = importlib.import_module("espeakng_loader")
    library = ctypes.CDLL(loader.get_library_path())
    spoken = bytearray()
    on_sound = ctypes.CFUNCTYPE(
        ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
    )

    def collect(samples: object, count: int, _events: object) -> int:
        if samples and count > 0:
            spoken.extend(ctypes.string_at(samples, count * 2))  # type: ignore[arg-type]
        return 0

    callback = on_sound(collect)
    retrieval, utf8, rate_parameter = 1, 1, 1
    rate = library.espeak_Initialize(retrieval, 0, loader.get_data_path().encode(), 0)
    if rate <= 0 or library.espeak_SetVoiceByName(voice.encode()) != 0:
        return None
    library.espeak_SetSynthCallback(callback)
    library.espeak_SetParameter(rate_parameter, words_per_minute, 0)

    def speak(text: str) -> tuple[bytes, int]:
        spoken.clear()
        words = text.encode() + b"\0"
        library.espeak_Synth(words, len(words), 0, 1, 0, utf8, None, None)
        library.espeak_Synchronize()
        # The callback lives as long as this function.
        _ = callback
        return bytes(spoken), int(rate)

    return speak


def resampled(pcm: bytes, rate: int) -> bytes:
    """Bring 16-bit mono PCM to 8 kHz through a windowed low pass, a little below full scale."""
    if rate == RATE:
        return pcm
    source = array("h", pcm[: len(pcm) & ~1])
    common = math.gcd(rate, RATE)
    phases = [_filter(phase * (rate // common) % (RATE // common) / (RATE // common), rate)
              for phase in range(RATE // common)]  # fmt: skip
    padded = array("h", bytes(2 * _REACH)) + source + array("h", bytes(2 * _REACH + 2))
    out = array("h")
    for n in range(len(source) * RATE // rate):
        start = n * rate // RATE + 1
        window = padded[start : start + 2 * _REACH]
        taps = phases[n % len(phases)]
        value = sum(map(float.__mul__, map(float, window), taps))
        out.append(max(-32768, min(32767, int(value))))
    return out.tobytes()


def _filter(offset: float, rate: int) -> list[float]:
    """Low-pass coefficients around a place `offset` samples behind a source sample."""
    cutoff = 2 * _CUTOFF_HZ / rate
    taps = []
    for n in range(2 * _REACH):
        distance = n - _REACH + 1 - offset
        sinc = cutoff if distance == 0 else math.sin(math.pi * cutoff * distance) / (
            math.pi * distance
        )  # fmt: skip
        taps.append(sinc * 0.5 * (1 + math.cos(math.pi * distance / (_REACH + 1))))
    total = sum(taps)
    return [0.9 * tap / total for tap in taps]


if __name__ == "__main__":
    sys.exit(main())
