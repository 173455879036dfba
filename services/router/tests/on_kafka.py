"""Routers as processes on the real broker, and what is said to and by them."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from chassis.kafka import TopicSpec, ensure_topics
from chassis.settings import ServiceSettings
from chassis.testing import unique_prefix
from contact_center.v1 import contact_events_pb2, routing_events_pb2

INPUT, OUTPUT, POLICIES = "contact-events.v1", "routing-events.v1", "workspace-policies.v1"
DEAD = "contact-events.v1.dlq.router"
STAMPED = {"message.timestamp.type": "LogAppendTime"}
PARTITIONS = 4


@dataclass
class Kafka:
    """Topics of one test, and a producer."""

    bootstrap_servers: str
    prefix: str
    producer: AIOKafkaProducer

    async def say(self, workspace: str = "main", **fact: Any) -> str:
        """Append a fact; return its event id."""
        event = contact_events_pb2.ContactEvent(
            event_id=str(uuid4()), workspace=workspace, source="test", **fact
        )
        await self.put(workspace.encode(), event.SerializeToString())
        return event.event_id

    async def put(
        self, key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]] | None = None
    ) -> Any:
        return await self.producer.send_and_wait(
            self.prefix + INPUT, value, key, headers=headers or []
        )

    async def read(self, topic: str) -> list[Any]:
        """Return all records of the topic, partition by partition."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap_servers, enable_auto_commit=False
        )
        await consumer.start()
        try:
            metadata = await consumer._client.fetch_all_metadata()
            name = self.prefix + topic
            places = [TopicPartition(name, n) for n in metadata.partitions_for_topic(name)]
            consumer.assign(places)
            await consumer.seek_to_beginning(*places)
            ends = await consumer.end_offsets(places)
            found: list[Any] = []
            while any([await consumer.position(place) < ends[place] for place in places]):
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    found += records
            return sorted(found, key=lambda record: (record.partition, record.offset))
        finally:
            await consumer.stop()

    async def steps(self, workspace: str = "main") -> list[Any]:
        """Return the workspace's steps in the order they were said, repeats included."""
        records = await self.read(OUTPUT)
        steps = [routing_events_pb2.RoutingStep.FromString(r.value) for r in records]
        return [step for step in steps if step.workspace == workspace]

    async def step_about(self, event_id: str) -> Any:
        return next((s for s in await self.steps() if s.event_id == event_id), None)


@asynccontextmanager
async def own_topics(bootstrap_servers: str) -> AsyncIterator[Kafka]:
    prefix = unique_prefix()
    settings = ServiceSettings(kafka_bootstrap_servers=bootstrap_servers, topic_prefix=prefix)
    topics = [TopicSpec(INPUT, PARTITIONS, config=STAMPED), TopicSpec(DEAD, 1)]
    topics += [TopicSpec(OUTPUT, PARTITIONS)]
    topics += [TopicSpec(POLICIES, PARTITIONS, config={"cleanup.policy": "compact"})]
    await ensure_topics(settings, topics)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap_servers, acks="all")
    await producer.start()
    try:
        yield Kafka(bootstrap_servers, prefix, producer)
    finally:
        await producer.stop()
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
        await admin.start()
        await admin.delete_topics([prefix + topic.name for topic in topics])
        await admin.close()


@dataclass
class RouterProcess:
    """`python -m router`; killed at the end whatever happens."""

    kafka: Kafka
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None
    begins_at: int = 0
    """Where the log of the running process begins."""

    async def start(self) -> None:
        environment = os.environ | {
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap_servers,
            "TOPIC_PREFIX": self.kafka.prefix,
            "DATA_DIR": str(self.folder),
            "ADMIN_PORT": "0",
            "GRPC_PORT": "0",
            "SNAPSHOT_INTERVAL_SECONDS": "1",
            **self.settings,
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        self.begins_at = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "router", env=environment, stdout=log, stderr=log
            )

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def is_up(self) -> bool:
        """Tell whether it runs by its own account: from then on it can be asked to stop."""
        return b'"message": "started"' in self.log.read_bytes()[self.begins_at :]

    async def kill(self) -> None:
        await self.end(signal.SIGKILL)

    async def end(self, number: int = signal.SIGTERM) -> int:
        """Send the signal; return the exit code."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(number)
        return await self.process.wait()

    async def ended(self, within: float = 60) -> int:
        """Return the exit code of a process that ends by itself."""
        assert self.process is not None
        async with asyncio.timeout(within):
            return await self.process.wait()


@asynccontextmanager
async def a_router(kafka: Kafka, folder: Path, **settings: str) -> AsyncIterator[RouterProcess]:
    router = RouterProcess(kafka, folder, settings)
    await router.start()
    try:
        yield router
    finally:
        await router.kill()


def since(began: float) -> float:
    return time.monotonic() - began
