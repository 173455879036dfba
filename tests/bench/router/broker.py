"""A broker of the bench's own, and topics on it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.kafka import TopicSpec, ensure_topics
from chassis.settings import ServiceSettings
from local_stack.home import home
from local_stack.infrastructure import Infrastructure, InfrastructurePorts
from local_stack.ports import free_ports
from local_stack.stack import without_servers
from local_stack.supervisor import Supervisor

INPUT, OUTPUT, POLICIES = "contact-events.v1", "routing-events.v1", "workspace-policies.v1"
DEAD = f"{INPUT}.dlq.router"
# A tape brings its own stamps, so that a router decides what the bench foresaw.
STAMPED = {"message.timestamp.type": "CreateTime"}
BY_LOG = {"message.timestamp.type": "LogAppendTime"}
NO_DATABASE = {"DATABASE_URL": "none is needed"}


@dataclass(frozen=True, slots=True)
class Broker:
    """Where it is, and its process."""

    bootstrap_servers: str
    pid: int

    def processor_seconds(self) -> float:
        """Return what the broker has taken so far."""
        times = psutil.Process(self.pid).cpu_times()
        return float(times.user + times.system)


@contextmanager
def a_broker(folder: Path) -> Iterator[Broker]:
    """Start an embedded broker, and end it."""
    kafka, controller, postgres = free_ports(3)
    supervisor = Supervisor(folder / "run")
    ports = InfrastructurePorts(kafka=kafka, kafka_controller=controller, postgres=postgres)
    environ = without_servers(os.environ) | NO_DATABASE
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    infrastructure = Infrastructure(folder, home=home(), ports=ports, environ=environ)
    try:
        infrastructure.start(supervisor)
        pid = supervisor.pid("kafka")
        assert pid is not None
        yield Broker(infrastructure.kafka_bootstrap_servers, pid)
    finally:
        supervisor.stop_all()


async def router_topics(broker: Broker, prefix: str, partitions: int, *, by_log: bool) -> None:
    """Make the topics of a router; the stamps are the log's, or the tape's."""
    stamped = TopicSpec(INPUT, partitions, config=BY_LOG if by_log else STAMPED)
    said = TopicSpec(OUTPUT, partitions, config=BY_LOG)
    policies = TopicSpec(POLICIES, partitions, config={"cleanup.policy": "compact"})
    dead = TopicSpec(DEAD, 1)
    await make_topics(broker, prefix, [stamped, said, policies, dead])


async def make_topics(broker: Broker, prefix: str, topics: list[TopicSpec]) -> None:
    """Make topics under a prefix."""
    settings = ServiceSettings(
        kafka_bootstrap_servers=broker.bootstrap_servers, topic_prefix=prefix
    )
    await ensure_topics(settings, topics)


class Ends:
    """Asks a broker where topics end, and for what lies there; follows nothing."""

    def __init__(self, broker: Broker) -> None:
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=broker.bootstrap_servers, enable_auto_commit=False
        )

    async def __aenter__(self) -> "Ends":
        await self._consumer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def end(self, topic: str, partition: int = 0) -> int:
        """Return the offset that comes next."""
        place = TopicPartition(topic, partition)
        return int((await self._consumer.end_offsets([place]))[place])

    async def tail(
        self, topic: str, start: int, partition: int = 0, most: int | None = None
    ) -> list[Any]:
        """Return the records from `start` to the end as it is now, at most so many."""
        place = TopicPartition(topic, partition)
        end = await self.end(topic, partition)
        end = end if most is None else min(end, start + most)
        found: list[Any] = []
        self._consumer.assign([place])
        self._consumer.seek(place, start)
        while start < end:
            records = await self._consumer.getmany(place, timeout_ms=500, max_records=end - start)
            found += records.get(place, [])
            start = await self._consumer.position(place)
        self._consumer.assign([])
        return found
