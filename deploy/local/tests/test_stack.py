"""The embedded Kafka and Postgres survive what happens to them on a real machine."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from chassis.testing import eventually
from local_stack.data_folder import AlreadyRunning
from local_stack.errors import PortTaken
from local_stack.home import home
from local_stack.postgres import MAJOR
from local_stack.postgres_owner import owned_folder, owner
from local_stack.processes import recall
from local_stack.run_folders import run_folder
from local_stack.stack import Stack, without_servers

TOPIC = "message-events.v1"
# A run of its own, which a test can kill like a person or a full memory would.
RUN = """
import sys, time
from pathlib import Path
from local_stack.stack import Stack, without_servers
ports = dict(pair.split("=") for pair in sys.argv[2:])
ports = {name: int(port) for name, port in ports.items()}
stack = Stack(Path(sys.argv[1]), ports=ports, environ=without_servers(), services=(),
              apply_rules=False)
stack.start()
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture
def data() -> Iterator[Path]:
    with run_folder(home()) as folder:
        yield folder / "stack"


def a_stack(data: Path, ports: dict[str, int] | None = None) -> Stack:
    return Stack(
        data, ports=ports, environ=without_servers(), services=(), apply_rules=False, durable=False
    )


async def write(stack: Stack) -> None:
    """Leave one record and one row behind."""
    producer = AIOKafkaProducer(bootstrap_servers=stack.kafka_bootstrap_servers)
    await producer.start()
    await producer.send_and_wait(TOPIC, b"kept", partition=0)
    await producer.stop()
    connection = await asyncpg.connect(stack.database_url)
    await connection.execute("CREATE TABLE kept AS SELECT 'row' AS what")
    await connection.close()


async def read(stack: Stack) -> tuple[bytes, str]:
    """Return what `write` left behind."""
    consumer = AIOKafkaConsumer(bootstrap_servers=stack.kafka_bootstrap_servers)
    await consumer.start()
    partition = TopicPartition(TOPIC, 0)
    consumer.assign([partition])
    await consumer.seek_to_beginning(partition)
    record = await consumer.getone()
    await consumer.stop()
    connection = await asyncpg.connect(stack.database_url)
    row = await connection.fetchval("SELECT what FROM kept")
    await connection.close()
    return record.value, row


async def test_data_survives_a_stop_and_a_start(data: Path) -> None:
    with a_stack(data) as stack:
        await write(stack)
    with a_stack(data) as stack:
        found = await read(stack)

    assert found == (b"kept", "row")


async def test_after_everything_was_killed_the_next_run_works(data: Path) -> None:
    """kill -9 of the run leaves orphans on the same ports; the next run ends them, keeps data."""
    ports = a_stack(data).ports
    run = subprocess.Popen(
        [sys.executable, "-c", RUN, str(data), *(f"{key}={port}" for key, port in ports.items())],
        stdout=subprocess.PIPE,
    )
    assert run.stdout is not None
    assert await asyncio.to_thread(run.stdout.readline) == b"ready\n"
    orphan = recall(data / "run" / "kafka.json")
    run.kill()
    run.wait()
    assert orphan is not None
    with a_stack(data, ports) as stack:
        await write(stack)
        for name in stack.parts.names():
            stack.parts.kill(name, restart=False)
    with a_stack(data, ports) as stack:
        found = await read(stack)

    assert recall(data / "run" / "kafka.json") is None
    assert found == (b"kept", "row")


async def test_a_broker_and_a_database_that_were_killed_come_back(data: Path) -> None:
    with a_stack(data) as stack:
        await write(stack)
        for name in ("kafka", "postgres"):
            stack.parts.kill(name)
        await eventually(lambda: all(stack.parts.restarts(name) for name in ("kafka", "postgres")))
        for name in ("kafka", "postgres"):
            await asyncio.to_thread(stack.parts.wait_ready, name)
        found = await read(stack)

    assert found == (b"kept", "row")


def test_a_taken_port_is_named_with_who_has_it(data: Path) -> None:
    ports = a_stack(data).ports
    with socket.socket() as other:
        other.bind(("127.0.0.1", ports["kafka"]))
        other.listen()
        with pytest.raises(PortTaken, match=rf"port {ports['kafka']} \(Kafka\) is taken by .+"):
            a_stack(data, ports).start()
    with a_stack(data, ports) as stack:
        names = stack.parts.names()

    assert names == ["postgres", "kafka", "smtp-sink"]


async def test_a_pid_file_of_a_dead_server_is_no_obstacle(data: Path) -> None:
    """Its pid may be another program's by now: here it is this test's own."""
    with a_stack(data) as stack:
        await write(stack)
    pid_file = owned_folder(data / "postgres", owner()) / MAJOR / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n")
    with a_stack(data) as stack:
        found = await read(stack)

    assert found == (b"kept", "row")


def test_a_second_run_on_the_same_data_is_refused_and_harms_nothing(data: Path) -> None:
    with a_stack(data) as stack:
        with pytest.raises(AlreadyRunning, match="a stack runs on"):
            a_stack(data).start()
        ready = [stack.parts.is_ready(name) for name in stack.parts.names()]

    assert ready == [True, True, True]


async def test_data_of_another_version_is_kept_aside(data: Path) -> None:
    said: list[str] = []
    with a_stack(data) as stack:
        await write(stack)
    (data / "version").write_text("layout-0 kafka-3.9.0 postgres-17")
    with Stack(
        data, environ=without_servers(), services=(), apply_rules=False, say=said.append
    ) as stack:
        connection = await asyncpg.connect(stack.database_url)
        tables = await connection.fetch("SELECT 1 FROM pg_tables WHERE tablename = 'kept'")
        await connection.close()
    aside = data.with_name("stack.old-1")

    assert tables == []
    assert (aside / "kafka" / "meta.properties").exists()
    assert any(f"kept in {aside}" in line for line in said)


def test_secrets_are_for_their_user_only(data: Path) -> None:
    ports = a_stack(data).ports
    first = a_stack(data, ports).environment()
    again = a_stack(data, ports).environment()
    modes = {file.stat().st_mode & 0o777 for file in (data / "secrets").iterdir()}

    assert first == again
    assert modes == {0o600}
    assert len(first["ADDRESS_TOKEN_SECRET"]) == 64
