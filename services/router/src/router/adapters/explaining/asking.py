"""Puts questions to workers: few at once, a bounded line, none outlives its question."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Mapping

from router.adapters.explaining.wire import Question, Reply, WorkerFailed, asked, unpacked

MOST_AT_ONCE = 2
MOST_WAITING = 20
SPARE_SECONDS = 300.0
COMMAND = (sys.executable, "-m", "router.adapters.explaining.worker")


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

    async def ask(self, question: Question, request: bytes, seconds: float) -> tuple[Reply, bytes]:
        """Return the worker's reply; it is killed when the asking is cancelled."""
        if self._asked >= MOST_AT_ONCE + MOST_WAITING:
            raise TooMany(f"{self._asked} questions are being answered or wait")
        self._asked += 1
        try:
            async with self._free:
                return unpacked(await self._run(asked(question, seconds, request)))
        finally:
            self._asked -= 1

    async def _run(self, given: bytes) -> bytes:
        worker = self._take_spare() or Worker(self._environ)
        try:
            output = await asyncio.to_thread(worker.answer, given)
        finally:
            # The thread ends as soon as the process does.
            worker.kill()
        self._prepare_spare()
        return output

    def _prepare_spare(self) -> None:
        if self._spare is None:
            self._spare = Worker(self._environ)
            loop = asyncio.get_running_loop()
            loop.run_in_executor(None, self._spare.start)
            self._drop = loop.call_later(SPARE_SECONDS, self._drop_spare)

    def _take_spare(self) -> "Worker | None":
        spare, self._spare = self._spare, None
        if self._drop is not None:
            self._drop.cancel()
        return spare

    def _drop_spare(self) -> None:
        spare = self._take_spare()
        if spare is not None:
            spare.kill()


class Worker:
    """A process that may be killed at any time, also while a thread is about to start it.

    It is started by vfork: a copy of the router's memory is never made.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._lock = threading.Lock()
        self._is_killed = False
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> subprocess.Popen[bytes]:
        """Start the process, once."""
        with self._lock:
            if self._process is None:
                if self._is_killed:
                    raise WorkerFailed("nobody waits for the answer any more")
                self._process = subprocess.Popen(  # noqa: S603
                    COMMAND, env=self._environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE
                )
            return self._process

    def answer(self, given: bytes) -> bytes:
        """Return its output; WorkerFailed when it ends with an error."""
        process = self.start()
        output, _ = process.communicate(given)
        if process.returncode:
            raise WorkerFailed(f"the worker ended with {process.returncode}")
        return output

    def kill(self) -> None:
        """End it; nothing when it is over."""
        with self._lock:
            self._is_killed = True
            if self._process is not None:
                self._process.kill()
