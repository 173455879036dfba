"""A broker, a database and topics for the tests of the chassis."""

import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from chassis.kafka import Producer, TopicSpec, ensure_topics
from chassis.settings import ServiceSettings
from chassis.testing import running, unique_prefix
from local_stack.home import home
from local_stack.infrastructure import Infrastructure, InfrastructurePorts
from local_stack.ports import free_ports
from local_stack.run_folders import run_folder
from local_stack.supervisor import Supervisor
from local_stack.topics import delete_topics

MakeTopic = Callable[..., Awaitable[str]]
OwnInfrastructure = Callable[..., AbstractContextManager[tuple[Infrastructure, Supervisor]]]


@pytest.fixture(scope="session")
def own_prefix(kafka_bootstrap_servers: str) -> Iterator[str]:
    prefix = unique_prefix()
    yield prefix
    delete_topics(kafka_bootstrap_servers, prefix)


@pytest.fixture
def settings(
    kafka_bootstrap_servers: str, own_prefix: str, database_url: str, tmp_path: Path
) -> ServiceSettings:
    return ServiceSettings(
        kafka_bootstrap_servers=kafka_bootstrap_servers,
        topic_prefix=own_prefix,
        database_url=database_url,
        data_dir=tmp_path,
        start_timeout_seconds=20,
    )


@pytest.fixture
def make_topic(settings: ServiceSettings) -> MakeTopic:
    async def make(partitions: int = 2, **config: str) -> str:
        name = f"x{secrets.token_hex(4)}.v1"
        dead = TopicSpec(f"{name}.dlq.tests", partitions=1)
        await ensure_topics(settings, [TopicSpec(name, partitions, config=config), dead])
        return name

    return make


@pytest.fixture
def new_group() -> str:
    return f"g{secrets.token_hex(4)}"


@pytest.fixture
async def producer(settings: ServiceSettings) -> AsyncIterator[Producer]:
    async with running(Producer(settings, "tests")) as running_producer:
        yield running_producer


@pytest.fixture(scope="session")
def own_infrastructure() -> OwnInfrastructure:
    """Starts a broker ("kafka") or a database server ("postgres") that a test may kill."""
    return _own


@contextmanager
def _own(*names: str) -> Iterator[tuple[Infrastructure, Supervisor]]:
    kafka, controller, postgres = free_ports(3)
    ports = InfrastructurePorts(kafka=kafka, kafka_controller=controller, postgres=postgres)
    elsewhere = {"kafka": "KAFKA_BOOTSTRAP_SERVERS", "postgres": "DATABASE_URL"}
    environ = {
        setting: os.environ.get(setting, "unused")
        for name, setting in elsewhere.items()
        if name not in names
    }
    with run_folder(home()) as data:
        infrastructure = Infrastructure(
            Path(data), home=home(), ports=ports, environ=environ, durable=True
        )
        supervisor = Supervisor(Path(data) / "run")
        try:
            infrastructure.start(supervisor)
            yield infrastructure, supervisor
        finally:
            supervisor.stop_all()
