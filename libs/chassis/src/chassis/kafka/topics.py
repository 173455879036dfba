"""Making topics, for the local stack and for tests; in production they are declared."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, LeaderNotAvailableError, TopicAlreadyExistsError, for_code

from chassis.kafka.connection import keep_trying
from chassis.kafka.login import login
from chassis.settings import ServiceSettings

LEADER_TRIES = 200


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic (without the prefix) and what the broker is told about it."""

    name: str
    partitions: int = 4
    replication: int = 1
    config: Mapping[str, str] = field(default_factory=dict)


async def ensure_topics(settings: ServiceSettings, topics: Iterable[TopicSpec]) -> None:
    """Make the topics that are missing; those that exist are left as they are."""
    specs = list(topics)
    wanted = {settings.topic(spec.name): spec for spec in specs}
    await keep_trying(
        lambda: _create(settings, wanted), "ensure topics", settings.start_timeout_seconds
    )


async def _create(settings: ServiceSettings, wanted: Mapping[str, TopicSpec]) -> None:
    admin = AIOKafkaAdminClient(**login(settings))
    await admin.start()
    try:
        missing = sorted(set(wanted) - set(await admin.list_topics()))
        if not missing:
            return
        response = await admin.create_topics([_new_topic(name, wanted[name]) for name in missing])
        for name, code, *_ in response.topic_errors:
            error = for_code(code)
            if code and error is not TopicAlreadyExistsError:
                raise error(name)
        for _ in range(LEADER_TRIES):
            if not set(missing) - await _with_leaders(admin, missing):
                return
            await asyncio.sleep(0.05)
        raise LeaderNotAvailableError(", ".join(missing))
    finally:
        await admin.close()


def _new_topic(name: str, spec: TopicSpec) -> NewTopic:
    return NewTopic(name, spec.partitions, spec.replication, topic_configs=dict(spec.config))


async def _with_leaders(admin: AIOKafkaAdminClient, names: list[str]) -> set[str]:
    try:
        described = await admin.describe_topics(names)
    except KafkaError:
        return set()
    return {
        topic["topic"]
        for topic in described
        if topic["partitions"] and all(part["leader"] >= 0 for part in topic["partitions"])
    }
