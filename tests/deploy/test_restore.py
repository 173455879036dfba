"""Every derived store is deleted and rebuilt from the topics; what comes back is what was there."""

import asyncio
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from random import Random
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from chassis.testing import eventually
from contact_center.v1 import analytics_service_pb2
from local_stack.home import home
from local_stack.run_folders import run_folder
from local_stack.stack import Stack
from local_stack.topics import partition_counts
from tests.chaos.crowd import Crowd
from tests.chaos.judging import drained, replay
from tests.deploy.rendering import K8S
from tests.e2e.world import World

pytestmark = pytest.mark.full
SECONDS = 8.0
WITHIN = 60.0
REBUILT = ("crm", "analytics", "router")
TIMELINE_TOPICS = ("routing-events.v1", "message-events.v1")
TIMELINE = ("contacts", "message_contacts", "messages", "deliveries", "recordings")
KEPT = ("contact_keys", "customers", "identities", "identifications")


@pytest.fixture
def stack() -> Iterator[Stack]:
    with run_folder(home()) as data:
        prefix = f"r{secrets.token_hex(3)}."
        found = Stack(data, environ=os.environ, topic_prefix=prefix, temporary=True)
        with found:
            yield found


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    found = World(stack, {})
    yield found
    await found.close()


async def test_what_was_derived_is_derived_again(world: World):
    await busy_seconds(world)
    before = await everything(world)
    assert before["numbers"] and before["timeline"]["contacts"] and before["timeline"]["messages"]

    stack = world.stack
    for name in REBUILT:
        await asyncio.to_thread(stack.parts.stop, name)
    await forget(stack)
    for name in reversed(REBUILT):
        await asyncio.to_thread(stack.parts.start, name)

    async def is_as_before() -> bool:
        now = await everything(world)
        for what, told in before.items():
            assert now[what] == told, what
        return True

    await eventually(is_as_before, within=WITHIN, every=1.0)
    # The router began at the start of the log, and said nothing twice or otherwise.
    replayed = await replay(stack)
    assert replayed.findings == []
    assert (await world.report()).findings == []


async def busy_seconds(world: World) -> None:
    """Let people come, be served, and go."""
    crowd = Crowd(world, Random(7), [world.desk])
    await crowd.begin()
    arrivals = asyncio.create_task(crowd.come())
    try:
        await asyncio.sleep(SECONDS)
        await crowd.close()
        await world.report(accepted=frozenset(crowd.accepted))
        assert await drained(world.stack) == []
    finally:
        arrivals.cancel()
        await crowd.leave()
    assert crowd.accepted


async def everything(world: World) -> dict[str, Any]:
    """Return what the derived stores say, without what only tells how far they are."""
    return {
        "numbers": await numbers(world),
        "timeline": await rows(world.stack, TIMELINE),
        "kept": await rows(world.stack, KEPT),
    }


async def numbers(world: World) -> list[bytes]:
    """Return analytics' numbers of each queue."""
    request = analytics_service_pb2.GetQueuesRequest(workspace=world.stack.workspace)
    async with world.analytics() as stub:
        answer = await stub.GetQueues(request, metadata=world.metadata, timeout=5)
    return sorted(queue.SerializeToString(deterministic=True) for queue in answer.numbers.queues)


async def rows(stack: Stack, tables: tuple[str, ...]) -> dict[str, list[str]]:
    """Return what stands in tables of crm, as text."""
    connection = await asyncpg.connect(stack.database_url)
    try:
        return {
            table: [
                row["text"]
                for row in await connection.fetch(
                    f"SELECT row_to_json(t)::text AS text FROM crm.{table} t ORDER BY 1"
                )
            ]
            for table in tables
        }
    finally:
        await connection.close()


async def forget(stack: Stack) -> None:
    """Delete what docs/deploy.md calls derived, in the way it says."""
    connection = await asyncpg.connect(stack.database_url)
    try:
        for file in ("analytics.sql", "crm-timeline.sql"):
            await connection.execute((K8S / "restore" / file).read_text())
    finally:
        await connection.close()
    shutil.rmtree(stack.data / "services" / "router" / "snapshots")
    await eventually(lambda: reset_group(stack, "crm-timeline"), within=WITHIN, every=1.0)


async def reset_group(stack: Stack, name: str) -> bool:
    """Let a group read all again; refused until its last member is known to be gone."""
    topics = [f"{stack.topic_prefix}{topic}" for topic in TIMELINE_TOPICS]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=stack.kafka_bootstrap_servers,
        group_id=f"{stack.topic_prefix}{name}",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        counts = await partition_counts(stack.kafka_bootstrap_servers)
        places = [TopicPartition(topic, n) for topic in topics for n in range(counts[topic])]
        consumer.assign(places)
        await consumer.commit(await consumer.beginning_offsets(places))
    except KafkaError as error:
        raise AssertionError(repr(error)) from error
    finally:
        await consumer.stop()
    return True
