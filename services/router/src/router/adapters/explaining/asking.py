"""Puts questions to workers: few at once, a bounded line, none outlives its question."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping

from router.adapters.explaining.wire import Reply, WorkerFailed, question, unpacked

MOST_AT_ONCE = 2
MOST_WAITING = 20
SPARE_SECONDS = 300.0
COMMAND = (sys.executable, "-m", "router.adapters.explaining.worker")

Worker = subprocess.Popen[bytes]


class TooMany(Exception):
    """So many questions wait already that this one is not taken."""


class Workers:
    """A process per question: what it reads and replays takes nothing from the event loop.

    Whoever asked once asks again soon: a spare worker then stands ready for some minutes. All
    end by themselves when this process does, because their input ends.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = dict(environ)
        self._free = asyncio.Semaphore(MOST_AT_ONCE)
        self._asked = 0
        self._spare: Worker | None = None
        self._drop: asyncio.TimerHandle | None = None

    async def ask(self, request: bytes, seconds: float) -> tuple[Reply, bytes]:
        """Return the worker's reply; it is killed when the asking is cancelled."""
        if self._asked >= MOST_AT_ONCE + MOST_WAITING:
            raise TooMany(f"{self._asked} questions are being answered or wait")
        self._asked += 1
        try:
            async with self._free:
                return unpacked(await self._run(question(seconds, request)))
        finally:
            self._asked -= 1

    async def _run(self, request: bytes) -> bytes:
        worker = self._take_spare()
        if worker is None:
            worker = await asyncio.to_thread(self._start)
        try:
            output: bytes = (await asyncio.to_thread(worker.communicate, request))[0]
        finally:
            # The thread ends as soon as the process does.
            worker.kill()
        if worker.returncode:
            raise WorkerFailed(f"the worker ended with {worker.returncode}")
        if self._spare is None:
            self._spare = await asyncio.to_thread(self._start)
            loop = asyncio.get_running_loop()
            self._drop = loop.call_later(SPARE_SECONDS, self._drop_spare)
        return output

    def _start(self) -> Worker:
        """In a thread, and by vfork: a copy of the router's memory is never made."""
        return subprocess.Popen(  # noqa: S603
            COMMAND, env=self._environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def _take_spare(self) -> Worker | None:
        spare, self._spare = self._spare, None
        if self._drop is not None:
            self._drop.cancel()
        return spare if spare is not None and spare.poll() is None else None

    def _drop_spare(self) -> None:
        spare = self._take_spare()
        if spare is not None and spare.stdin is not None:
            spare.stdin.close()
