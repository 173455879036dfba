"""The programs that are measured, each a process that can be stopped, woken and killed."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from chassis.security import DevelopmentIssuer
from chassis.testing import free_port
from local_stack.readiness import answers_ok
from tests.bench.router.broker import Broker

READY_SECONDS = 60.0
SESSION_SECONDS = "30"


class Running:
    """A process; its output goes to a log."""

    def __init__(
        self, name: str, command: list[str], environment: Mapping[str, str], folder: Path
    ) -> None:
        self.name = name
        self._command = command
        self._environment = dict(environment)
        self._log = folder / f"{name}.log"
        self._process: asyncio.subprocess.Process | None = None
        self.started_at = 0.0

    async def start(self) -> None:
        """Start it, without waiting."""
        self.started_at = time.perf_counter()
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                *self._command,
                env=os.environ | self._environment,
                stdout=log,
                stderr=log,
            )

    async def ready(self) -> None:
        """Return when it says that it is ready; RuntimeError with its log when it ended."""
        deadline = time.monotonic() + READY_SECONDS
        while not await self._is_ready():
            if self._running.returncode is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} does not run: {self._log.read_text()[-2000:]}")
            await asyncio.sleep(0.1)

    def send(self, number: signal.Signals) -> None:
        """Send a signal, if it runs."""
        if self._running.returncode is None:
            self._running.send_signal(number)

    async def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send the signal and wait for the end."""
        self.send(number)
        await self._running.wait()

    def processor_seconds(self) -> float:
        """Return what it has taken so far."""
        times = psutil.Process(self._running.pid).cpu_times()
        return float(times.user + times.system)

    async def _is_ready(self) -> bool:
        return "ready" in self._log.read_text()

    @property
    def _running(self) -> asyncio.subprocess.Process:
        assert self._process is not None
        return self._process


class RunningRouter(Running):
    """`python -m router`."""

    def __init__(self, name: str, broker: Broker, prefix: str, folder: Path, **more: str) -> None:
        self._port = free_port()
        issuer_key = folder / "issuer.pem"
        DevelopmentIssuer.make(issuer_key)
        environment = {
            "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
            "TOPIC_PREFIX": prefix,
            "DATA_DIR": str(folder / name),
            "DEVELOPMENT_ISSUER_KEY_FILE": str(issuer_key),
            "ADMIN_PORT": str(self._port),
            "GRPC_PORT": "0",
            "INSTANCE_ID": name,
            "KAFKA_SESSION_TIMEOUT_SECONDS": SESSION_SECONDS,
            "LOG_LEVEL": "WARNING",
            **more,
        }
        super().__init__(name, ["router"], environment, folder)

    @property
    def metrics_url(self) -> str:
        """Where its metrics are."""
        return f"http://127.0.0.1:{self._port}/metrics"

    async def _is_ready(self) -> bool:
        url = f"http://127.0.0.1:{self._port}/readyz"
        return await asyncio.to_thread(answers_ok, url)


def an_echo(kind: str, broker: Broker, prefix: str, folder: Path) -> Running:
    """Return `faust_echo` or `plain_loop`, from <prefix>in to <prefix>out."""
    module = f"tests.bench.router.{kind}"
    command = [module, broker.bootstrap_servers, f"{prefix}in", f"{prefix}out"]
    return Running(kind, command, {"F_DATADIR": str(folder / kind)}, folder)
