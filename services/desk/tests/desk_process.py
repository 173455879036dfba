"""A desk as a process of its own, which can be killed."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from chassis.testing import eventually
from desk.settings import DeskSettings

NAMES = (
    "kafka_bootstrap_servers", "topic_prefix", "workspace", "admin_port", "grpc_port",
    "instance_id", "key_service_address", "customer_service_address", "heartbeat_seconds",
    "max_streams",
)  # fmt: skip


class DeskProcess:
    """The process, and how to end it."""

    def __init__(self, settings: DeskSettings, process: asyncio.subprocess.Process) -> None:
        self.settings = settings
        self.process = process

    async def kill(self) -> None:
        """As if the machine was gone."""
        self.process.kill()
        await self.process.wait()

    async def terminate(self) -> int:
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), 30)


@asynccontextmanager
async def desk_process(settings: DeskSettings, log: Path) -> AsyncIterator[DeskProcess]:
    environ = {name.upper(): str(getattr(settings, name)) for name in NAMES}
    with log.open("wb") as stderr:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "desk", env=os.environ | environ, stderr=stderr
        )
        try:
            await eventually(lambda: _serves(settings, process), every=0.2)
            yield DeskProcess(settings, process)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def _serves(settings: DeskSettings, process: asyncio.subprocess.Process) -> bool:
    assert process.returncode is None, "the desk ended"
    async with grpc.aio.insecure_channel(f"127.0.0.1:{settings.grpc_port}") as channel:
        try:
            answer = await health_pb2_grpc.HealthStub(channel).Check(
                health_pb2.HealthCheckRequest(), timeout=1
            )
        except grpc.aio.AioRpcError:
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
