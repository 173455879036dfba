"""Every derived store is deleted and rebuilt from the topics; what comes back is what was there."""

import asyncio
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.errors import KafkaError

from chassis.testing import eventually
from contact_center.v1 import analytics_service_pb2
from local_stack.errors import NotReady
from local_stack.home import home
from local_stack.run_folders import run_folder
from local_stack.stack import Stack
from local_stack.topics import partition_counts
from router.adapters.log_flow import partition_of
from tests.chaos.crowd import Crowd
from tests.chaos.judging import drained, replay
from tests.deploy.rendering import K8S
from tests.e2e.world import World

pytestmark = pytest.mark.full
SECONDS = 8.0
WITHIN = 60.0
REBUILT = ("crm", "analytics", "router")
CONTACTS = "contact-events.v1"
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


async def test_what_was_derived_is_derived_again(world: World, tmp_path: Path):
    await busy_seconds(world)
    before = await everything(world)
    assert before["numbers"] and before["timeline"]["contacts"] and before["timeline"]["messages"]
    kept, stack = tmp_path / "heads.json", world.stack
    await asyncio.to_thread(stack.run, "audit", "verify", "--keep", str(kept))
    heads = await chains(stack)
    assert heads[stack.workspace] > 0

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
    # Who signs in now is sealed behind the last link of before.
    await world.sign_out(await world.agent("ana"))

    async def are_longer() -> bool:
        now = await chains(stack)
        assert now.keys() >= heads.keys() and now[stack.workspace] > heads[stack.workspace], now
        return True

    await eventually(are_longer, within=WITHIN, every=1.0)
    await asyncio.to_thread(stack.run, "audit", "verify", "--anchor", str(kept))
    await log_is_trimmed(world, tmp_path / "backup")


async def log_is_trimmed(world: World, backup: Path) -> None:
    """Without the log's beginning the router needs a snapshot of the backup, and says so."""
    stack, snapshots = world.stack, snapshots_of(world.stack)
    await asyncio.to_thread(stack.parts.stop, "router")
    shutil.copytree(snapshots, backup)
    shutil.rmtree(snapshots)
    newest = max(int(path.name.partition("-")[0]) for path in backup.glob("*/*.json"))
    await trim(stack, newest)

    with pytest.raises(NotReady, match="no snapshot reaches that far"):
        await asyncio.to_thread(stack.parts.start, "router")
    await asyncio.to_thread(stack.parts.stop, "router")
    shutil.copytree(backup, snapshots)
    await asyncio.to_thread(stack.parts.start, "router")
    agent = await world.agent("ana")
    async with world.chat() as chat:
        await chat.start()
        await eventually(lambda: chat.contact_id in agent.offered_at, within=WITHIN)


def snapshots_of(stack: Stack) -> Path:
    """Where the router keeps them."""
    return stack.data / "services" / "router" / "snapshots"


async def trim(stack: Stack, offset: int) -> None:
    """Do as retention does: forget the workspace's log up to there."""
    topic = f"{stack.topic_prefix}{CONTACTS}"
    partition = partition_of(
        stack.workspace, (await partition_counts(stack.kafka_bootstrap_servers))[topic]
    )
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka_bootstrap_servers)
    await admin.start()
    try:
        place = TopicPartition(topic, partition)
        await admin.delete_records({place: RecordsToDelete(before_offset=offset)})
    finally:
        await admin.close()


async def chains(stack: Stack) -> dict[str, int]:
    """Return how many links crm believes each chain of the audit log to have."""
    connection = await asyncpg.connect(stack.database_url)
    try:
        found = await connection.fetch("SELECT workspace, number FROM crm.audit_heads")
    finally:
        await connection.close()
    return {row["workspace"]: row["number"] for row in found}


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
        for file in sorted((K8S / "restore").glob("*.sql")):
            await connection.execute(file.read_text())
    finally:
        await connection.close()
    assert await chains(stack) == {}
    shutil.rmtree(snapshots_of(stack))
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
