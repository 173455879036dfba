"""The topics of proto/topics.yaml: read the register, make them on a broker, delete them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    KafkaError,
    NoError,
    TopicAlreadyExistsError,
    UnknownTopicOrPartitionError,
    for_code,
)

from chassis.kafka import login
from chassis.settings import ServiceSettings
from local_stack.blocking import blocking
from local_stack.errors import StackError

REGISTER = Path(__file__).resolve().parents[4] / "proto" / "topics.yaml"
REQUEST_MILLISECONDS = 20_000
REPLICAS = 3
HOUR_MILLISECONDS = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    name: str
    partitions: int
    message: str | None = None
    configs: dict[str, str] = field(default_factory=dict)


def registered_topics(register: Path = REGISTER, scale: str = "local") -> list[Topic]:
    """Return every topic of the register, dead letters included, with its settings."""
    content = yaml.safe_load(register.read_text())
    partitions = content["partitions"][scale]
    topics = [
        Topic(
            name=entry["name"],
            partitions=partitions,
            message=entry["message"],
            configs=_configs(entry),
        )
        for entry in content["topics"]
    ]
    dead = content["dead_letters"]
    for source, services in dead["services"].items():
        topics += [
            Topic(name=f"{source}.dlq.{service}", partitions=1, configs=_configs(dead))
            for service in services
        ]
    return topics


def create_topics(bootstrap_servers: str, topics: Iterable[Topic], prefix: str = "") -> list[str]:
    """Make the topics that are missing; return their names with the prefix when they can be used.

    Raises StackError when a topic is there with another partition count.
    """
    wanted = list(topics)
    blocking(lambda: _create(bootstrap_servers, wanted, prefix))
    return [prefix + topic.name for topic in wanted]


def require_kafka(bootstrap_servers: str) -> None:
    """Raise StackError when no broker answers there."""
    try:
        blocking(lambda: partition_counts(bootstrap_servers))
    except (KafkaError, OSError, ValueError) as error:
        reason = f"KAFKA_BOOTSTRAP_SERVERS; {type(error).__name__}: {error}"
        raise StackError(f"no Kafka answers at {bootstrap_servers} ({reason})") from error


async def partition_counts(bootstrap_servers: str) -> dict[str, int]:
    """Return every topic that is there, with its number of partitions."""
    async with _Admin(bootstrap_servers) as admin:
        found = await admin.describe_topics()
    return {topic["topic"]: len(topic["partitions"]) for topic in found}


def delete_topics(bootstrap_servers: str, prefix: str) -> list[str]:
    """Delete every topic that begins with the prefix; return their names."""
    if not prefix:
        raise ValueError("an empty prefix would delete every topic")
    return blocking(lambda: _delete(bootstrap_servers, prefix))


def _configs(entry: dict[str, Any]) -> dict[str, str]:
    stamps = "LogAppendTime" if entry.get("stamps") == "log" else "CreateTime"
    configs = {"message.timestamp.type": stamps}
    if entry.get("retention") == "compact":
        configs["cleanup.policy"] = "compact"
    else:
        configs["retention.ms"] = str(entry["retention_hours"] * HOUR_MILLISECONDS)
    return configs


async def _create(bootstrap_servers: str, topics: list[Topic], prefix: str) -> None:
    async with _Admin(bootstrap_servers) as admin:
        brokers = (await admin.describe_cluster())["brokers"]
        replicas = min(REPLICAS, len(brokers))
        there = set(await admin.list_topics())
        missing = [topic for topic in topics if prefix + topic.name not in there]
        if missing:
            new = [
                NewTopic(prefix + topic.name, topic.partitions, replicas, None, topic.configs)
                for topic in missing
            ]
            _check(await admin.create_topics(new), TopicAlreadyExistsError)
            await _until_led(bootstrap_servers, new)
        present = [topic for topic in topics if topic not in missing]
        await _check_partitions(admin, present, prefix)


async def _until_led(bootstrap_servers: str, topics: list[NewTopic]) -> None:
    """Return when each partition's leader answers; producers would log errors until then."""
    consumer = AIOKafkaConsumer(
        **_login(bootstrap_servers), request_timeout_ms=REQUEST_MILLISECONDS
    )
    try:
        await consumer.start()
        await consumer.end_offsets(
            [TopicPartition(topic.name, n) for topic in topics for n in range(topic.num_partitions)]
        )
    finally:
        await consumer.stop()


async def _check_partitions(admin: AIOKafkaAdminClient, topics: list[Topic], prefix: str) -> None:
    wanted = {prefix + topic.name: topic.partitions for topic in topics}
    for found in await admin.describe_topics(list(wanted)) if wanted else []:
        count = len(found["partitions"])
        if count != wanted[found["topic"]]:
            raise StackError(
                f"topic {found['topic']} has {count} partitions, the register says "
                f"{wanted[found['topic']]}: use another TOPIC_PREFIX or make a new topic"
            )


async def _delete(bootstrap_servers: str, prefix: str) -> list[str]:
    async with _Admin(bootstrap_servers) as admin:
        names = [name for name in await admin.list_topics() if name.startswith(prefix)]
        if names:
            _check(await admin.delete_topics(names), UnknownTopicOrPartitionError)
        return names


def _check(response: Any, accepted: type[Exception]) -> None:
    """Raise for the first topic that the broker refused for another reason than `accepted`."""
    errors = getattr(response, "topic_errors", None) or response.topic_error_codes
    for name, code, *message in errors:
        kind = for_code(code)
        if kind not in (NoError, accepted):
            raise StackError(f"topic {name}: {kind.__name__} {' '.join(filter(None, message))}")


def _login(bootstrap_servers: str) -> Mapping[str, Any]:
    """Who we are there, as the environment says."""
    return login(ServiceSettings(kafka_bootstrap_servers=bootstrap_servers))


class _Admin(AIOKafkaAdminClient):  # type: ignore[misc]
    """An admin client as a context manager."""

    def __init__(self, bootstrap_servers: str) -> None:
        super().__init__(**_login(bootstrap_servers), request_timeout_ms=REQUEST_MILLISECONDS)

    async def __aenter__(self) -> "_Admin":
        try:
            await self.start()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
