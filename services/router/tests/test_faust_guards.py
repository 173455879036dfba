"""What binds us in Faust, seen on the pinned version; and that no source of ours runs into it.

A reproduction that fails says that Faust has changed: read its release notes before relaxing.
"""

import ast
import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from chassis.kafka import TopicSpec, ensure_topics
from chassis.settings import ServiceSettings
from chassis.testing import eventually, unique_prefix
from contact_center.v1 import contact_events_pb2

from .naive_faust import RAISED, STUCK
from .on_kafka import INPUT, PARTITIONS, a_router, own_topics

ROOT = Path(__file__).parents[3]
NAIVE = Path(__file__).with_name("naive_faust.py")
SENT = 12
FORBIDDEN_WORDS = ("exactly_once", "rocksdb", "pickle")
FORBIDDEN_ARGUMENTS = ("concurrency", "processing_guarantee")


@pytest.fixture
async def kafka(kafka_bootstrap_servers):
    async with own_topics(kafka_bootstrap_servers) as found:
        yield found


async def test_concurrency_commits_past_a_record_that_is_in_flight(
    kafka_bootstrap_servers, tmp_path
):
    """faust-streaming #606: record 6 is not done, and would never come again."""
    async with _naive(kafka_bootstrap_servers, "hang", tmp_path) as (topic, done):
        await eventually(lambda: len(done) == SENT - 1)
        await eventually(lambda: _all_committed(kafka_bootstrap_servers, topic), 20)

    assert STUCK not in done


async def test_an_exception_in_an_agent_acks_its_record(kafka_bootstrap_servers, tmp_path):
    async with _naive(kafka_bootstrap_servers, "raise", tmp_path) as (topic, done):
        await eventually(lambda: len(done) == SENT - 1)
        await eventually(lambda: _all_committed(kafka_bootstrap_servers, topic), 20)

    assert RAISED not in done


async def test_our_agent_ends_the_process_and_leaves_the_record_uncommitted(kafka, tmp_path):
    """A fact of a newer writer: the exception must not pass for done."""
    async with a_router(kafka, tmp_path) as router:
        event = contact_events_pb2.ContactEvent(event_id="e1", workspace="main")
        unknown = bytes([0xC2, 0x3E, 0x00])  # field 1000, an empty message
        sent = await kafka.put(b"main", event.SerializeToString() + unknown)
        code = await router.ended()

    assert code == 1
    group = f"{kafka.prefix}router"
    place = TopicPartition(kafka.prefix + INPUT, sent.partition)
    assert place.partition < PARTITIONS
    assert await _committed(kafka.bootstrap_servers, group, place) <= sent.offset


def test_no_source_uses_what_loses_records_or_runs_code():
    found = [f"{path.relative_to(ROOT)}:{line}: {what}" for path, line, what in _suspects()]

    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "app.agent(topic, concurrency=2)",
        "faust.App('a', processing_guarantee='x')",
        "x = 'exactly_once'",
        "store = 'rocksdb://'",
        "import pickle",
        "from pickle import loads",
        "topic(value_serializer='pickle')",
    ],
)
def test_the_search_finds_what_it_searches(source):
    assert list(_found_in(ast.parse(source)))


def _suspects() -> Iterator[tuple[Path, int, str]]:
    sources = [
        path for room in ("libs", "services", "deploy") for path in ROOT.glob(f"{room}/*/src")
    ]
    files = [path for source in sources for path in source.rglob("*.py")]
    assert len(files) > 100
    for path in files:
        for line, what in _found_in(ast.parse(path.read_text())):
            yield path, line, what


def _found_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.keyword):
            if node.arg in FORBIDDEN_ARGUMENTS:
                yield node.value.lineno, f"{node.arg}="
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            # A word of a sentence is none of an option.
            names = [node.value] if " " not in node.value else []
        for name in names:
            if any(word in name.lower() for word in FORBIDDEN_WORDS):
                yield getattr(node, "lineno", 0), name


@asynccontextmanager
async def _naive(
    bootstrap_servers: str, how: str, folder: Path
) -> AsyncIterator[tuple[str, set[int]]]:
    """Run the naive app over a topic with SENT numbers; what it is done with is in the set."""
    topic = f"{unique_prefix()}naive"
    settings = ServiceSettings(kafka_bootstrap_servers=bootstrap_servers)
    await ensure_topics(settings, [TopicSpec(topic, 1)])
    async with AIOKafkaProducer(bootstrap_servers=bootstrap_servers, acks="all") as producer:
        for number in range(SENT):
            await producer.send_and_wait(topic, str(number).encode())
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(NAIVE),
        bootstrap_servers,
        topic,
        how,
        str(folder),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    done: set[int] = set()
    reading = asyncio.create_task(_read(process, done))
    try:
        yield topic, done
    finally:
        process.kill()
        await process.wait()
        await reading
        async with _admin(bootstrap_servers) as admin:
            await admin.delete_topics([topic])


async def _read(process: asyncio.subprocess.Process, done: set[int]) -> None:
    assert process.stdout is not None
    async for line in process.stdout:
        done.add(int(line))


async def _all_committed(bootstrap_servers: str, topic: str) -> bool:
    """Whether none of the records would come again."""
    return await _committed(bootstrap_servers, topic, TopicPartition(topic, 0)) == SENT


async def _committed(bootstrap_servers: str, group: str, place: TopicPartition) -> int:
    async with _admin(bootstrap_servers) as admin:
        offsets = await admin.list_consumer_group_offsets(group)
    return int(offsets[place].offset) if place in offsets else -1


@asynccontextmanager
async def _admin(bootstrap_servers: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()
