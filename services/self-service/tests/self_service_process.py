"""Self-service as a process of its own, which a test may kill."""

import asyncio
import os
import signal
import sys
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.error import URLError

from chassis.testing import eventually, free_port

START_SECONDS = 40.0


class Process:
    """One replica."""

    def __init__(self, process: asyncio.subprocess.Process, admin_port: int, log: Path) -> None:
        self._process = process
        self._admin = f"http://127.0.0.1:{admin_port}"
        self._log = log

    async def ready(self) -> None:
        await eventually(self._is_ready, within=START_SECONDS, every=0.1)

    async def kill(self) -> None:
        """kill -9: nothing is committed, nothing said."""
        self._process.kill()
        await self._process.wait()

    async def end(self) -> int:
        """SIGTERM; the exit code."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self._process.wait(), 30)

    async def metric(self, name: str) -> float:
        """The sum of the samples whose line begins with the name and its labels."""
        text = await asyncio.to_thread(_get, f"{self._admin}/metrics")
        lines = [line for line in text.splitlines() if line.startswith(name)]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines)

    def log(self) -> str:
        return self._log.read_text()

    async def _is_ready(self) -> bool:
        assert self._process.returncode is None, self.log()[-3000:]
        try:
            return bool(await asyncio.to_thread(_get, f"{self._admin}/readyz"))
        except (URLError, OSError):
            return False


@asynccontextmanager
async def started(environment: dict[str, str], folder: Path) -> AsyncIterator[Process]:
    """A replica that is ready; it ends with the block, if it still runs."""
    port = free_port()
    log = folder / f"self-service-{port}.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "self_service",
            env={**os.environ, **environment, "ADMIN_PORT": str(port)},
            stdout=output,
            stderr=output,
        )
        replica = Process(process, port, log)
        try:
            await replica.ready()
            yield replica
        finally:
            if process.returncode is None:
                await replica.end()


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return str(answer.read().decode())
