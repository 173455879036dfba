"""Analytics on the real broker and database, as a part of the test or as a process of its own."""

import asyncio
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from analytics.app import build
from analytics.settings import AnalyticsSettings
from chassis.kafka import Producer
from chassis.rpc import GrpcChannel
from chassis.run import Lifecycle
from chassis.testing import eventually, free_port, fresh_database, running
from contact_center.v1 import (
    analytics_service_pb2,
    analytics_service_pb2_grpc,
    policy_pb2,
    routing_events_pb2,
)


@pytest.fixture
async def settings(
    infrastructure: Any, kafka_bootstrap_servers: str, topic_prefix: str
) -> AsyncIterator[AnalyticsSettings]:
    """Settings of an analytics with an empty database of its own."""
    async with fresh_database(infrastructure.database_url) as database_url:
        yield AnalyticsSettings(
            kafka_bootstrap_servers=kafka_bootstrap_servers,
            topic_prefix=topic_prefix,
            database_url=database_url,
            grpc_port=free_port(),
            admin_port=free_port(),
            instance_id="analytics-test",
            checkpoint_seconds=0.2,
        )


class Asking:
    """Asks a running analytics."""

    def __init__(self, settings: AnalyticsSettings, channel: GrpcChannel) -> None:
        self.settings = settings
        self.stub = analytics_service_pb2_grpc.AnalyticsServiceStub(channel.channel)

    async def numbers(self, workspace: str) -> analytics_service_pb2.WorkspaceNumbers:
        request = analytics_service_pb2.GetQueuesRequest(workspace=workspace)
        return (await self.stub.GetQueues(request, wait_for_ready=True, timeout=20)).numbers

    async def as_of(
        self, workspace: str, step_number: int
    ) -> analytics_service_pb2.WorkspaceNumbers:
        async def reached() -> Any:
            numbers = await self.numbers(workspace)
            assert numbers.step_number >= step_number, numbers.step_number
            return numbers

        return await eventually(reached)

    async def scraped(self) -> str:
        url = f"http://127.0.0.1:{self.settings.admin_port}/metrics"
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            return await response.text()


@asynccontextmanager
async def asking(settings: AnalyticsSettings) -> AsyncIterator[Asking]:
    channel = GrpcChannel(settings, f"127.0.0.1:{settings.grpc_port}")
    try:
        yield Asking(settings, channel)
    finally:
        await channel.stop()


@asynccontextmanager
async def started(settings: AnalyticsSettings) -> AsyncIterator[Asking]:
    life = Lifecycle(settings)
    life.add(life.admin)
    build(settings, life)
    work = asyncio.create_task(life.run())
    try:
        await eventually(lambda: _is_ready(life, work))
        async with asking(settings) as ask:
            yield ask
    finally:
        life.end()
        code = await asyncio.wait_for(work, 60)
    assert code == 0


async def _is_ready(life: Lifecycle, work: "asyncio.Task[int]") -> bool:
    if work.done():
        raise RuntimeError(f"analytics ended with {work.result()}")
    return not await life.health.not_ready()


@pytest.fixture
async def analytics(settings: AnalyticsSettings) -> AsyncIterator[Asking]:
    async with started(settings) as ask:
        yield ask


@pytest.fixture
def start_analytics() -> Callable[[AnalyticsSettings], Any]:
    return started


class Process:
    """Analytics as a process of its own, which can be killed."""

    def __init__(self, settings: AnalyticsSettings) -> None:
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        values = self._settings.model_dump(exclude_none=True)
        secret = ("database_url",)
        values |= {name: getattr(self._settings, name).get_secret_value() for name in secret}
        environment = {name.upper(): str(value) for name, value in values.items()}
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "analytics",
            env={**os.environ, **environment},
            stderr=asyncio.subprocess.DEVNULL,
        )

    async def end(self, number: signal.Signals) -> int:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(number)
        return await asyncio.wait_for(self._process.wait(), 30)


@pytest.fixture
async def process(settings: AnalyticsSettings) -> AsyncIterator[Process]:
    found = Process(settings)
    yield found
    await found.end(signal.SIGKILL)


@pytest.fixture
async def ask(settings: AnalyticsSettings) -> AsyncIterator[Asking]:
    async with asking(settings) as found:
        yield found


class Log:
    """Writes steps and policies of one workspace, as the router would."""

    def __init__(self, producer: Producer) -> None:
        self.producer = producer
        self.workspace = f"w-{secrets.token_hex(4)}"
        self.step_number = 0

    async def step(
        self,
        *decisions: dict[str, Any],
        stamped_ms: int,
        number: int | None = None,
        policy: int = 1,
    ) -> None:
        self.step_number = self.step_number + 1 if number is None else number
        step = routing_events_pb2.RoutingStep(
            workspace=self.workspace,
            step_number=self.step_number,
            policy_version=policy,
            decisions=[routing_events_pb2.Decision(**decision) for decision in decisions],
        )
        step.stamped_at.FromMilliseconds(stamped_ms)
        step.cause.offset = self.step_number - 1
        await self.producer.send("routing-events.v1", self.workspace, step.SerializeToString())

    async def policy(self, version: int, **queues: tuple[float, float]) -> None:
        """By queue: T and s."""
        active = policy_pb2.WorkspacePolicy(
            workspace=self.workspace,
            policy=policy_pb2.Policy(
                version=version,
                queues=[
                    policy_pb2.Queue(name=name, target_seconds=t, short_abandon_seconds=s)
                    for name, (t, s) in queues.items()
                ],
            ),
        )
        await self.producer.send(
            "workspace-policies.v1", self.workspace, active.SerializeToString()
        )


@pytest.fixture
async def log(settings: AnalyticsSettings) -> AsyncIterator[Log]:
    async with running(Producer(settings, "test")) as producer:
        yield Log(producer)


class Gate:
    """A TCP proxy before Postgres that can be shut: then Postgres is away."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = free_port()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def shut(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind_reader, behind = await asyncio.open_connection(*self._target)
        self._writers |= {writer, behind}
        await asyncio.gather(
            _pump(reader, behind), _pump(behind_reader, writer), return_exceptions=True
        )
        self._writers -= {writer, behind}


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()


@pytest.fixture
def make_gate() -> type[Gate]:
    return Gate
