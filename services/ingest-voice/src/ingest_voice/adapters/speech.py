"""Prompts as sound: spoken by a process of its own, as tones where no voice is to be had."""

import asyncio
import json
import logging
import struct
import sys
from asyncio.subprocess import PIPE, Process
from collections import OrderedDict

from chassis.part import Part
from ingest_voice import metrics
from ingest_voice.adapters.speaker import NO_VOICE
from ingest_voice.adapters.synthesis import tone_pattern

log = logging.getLogger(__name__)

_MAX_TEXT = 2_000
_MAX_PCM_BYTES = 8_000 * 2 * 300
_SPEAK_SECONDS = 10.0
_KEPT_PROMPTS = 64
_MAX_CRASHES = 5


class SpokenPrompts(Part):
    """Speaks through `speaker`; each text that cannot be spoken is a tone pattern of its own.

    The last prompts are kept in memory (they are said again and again), never on disk.
    """

    def __init__(self, voice: str, words_per_minute: int) -> None:
        self._arguments = (voice, str(words_per_minute))
        self._process: Process | None = None
        self._has_voice = True
        self._crashes = 0
        self._turn = asyncio.Lock()
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    async def start(self) -> None:
        """Find a voice now, so that the first caller does not wait for it."""
        async with self._turn:
            await self._speaker()

    async def stop(self) -> None:
        self._has_voice = False
        await self._end()

    async def pcm(self, text: str) -> bytes:
        """The text as 8 kHz PCM; never fails."""
        text = " ".join(text[:_MAX_TEXT].split())
        kept = self._kept.get(text)
        if kept is not None:
            self._kept.move_to_end(text)
            return kept
        async with self._turn:
            spoken = await self._spoken(text)
        if spoken is None:
            metrics.SPEECH_FALLBACKS.inc()
            return tone_pattern(text)
        self._kept[text] = spoken
        if len(self._kept) > _KEPT_PROMPTS:
            self._kept.popitem(last=False)
        return spoken

    async def _spoken(self, text: str) -> bytes | None:
        try:
            async with asyncio.timeout(_SPEAK_SECONDS):
                process = await self._speaker()
                if process is None or process.stdin is None:
                    return None
                process.stdin.write(json.dumps(text).encode() + b"\n")
                await process.stdin.drain()
                return await _answer(process)
        except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
            self._crashes += 1
            log.warning(
                "the speaking process failed",
                extra={"error": type(error).__name__, "times": self._crashes},
            )
            self._has_voice = self._crashes < _MAX_CRASHES
            await self._end()
            return None

    async def _speaker(self) -> Process | None:
        """The running process; None where there is no voice."""
        if self._process is not None or not self._has_voice:
            return self._process
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ingest_voice.adapters.speaker", *self._arguments,
            stdin=PIPE, stdout=PIPE,
        )  # fmt: skip
        try:
            await asyncio.wait_for(_answer(process), _SPEAK_SECONDS)
        except (asyncio.IncompleteReadError, TimeoutError):
            if process.returncode is None:
                process.kill()
            code = await process.wait()
            self._has_voice = False
            why = "no espeak-ng" if code == NO_VOICE else f"exit code {code}"
            log.warning("no voice: prompts are tones", extra={"why": why})
            return None
        self._process = process
        return process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def _answer(process: Process) -> bytes:
    if process.stdout is None:
        raise OSError("no standard output")
    (length,) = struct.unpack(">I", await process.stdout.readexactly(4))
    if length > _MAX_PCM_BYTES:
        raise OSError("an answer beyond all bounds")
    return await process.stdout.readexactly(length)
