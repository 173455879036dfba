"""Following a topic without a group, against the real broker."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiokafka import AIOKafkaProducer

from chassis.errors import InvalidMessage, Unavailable
from chassis.kafka import (
    FollowConsumer,
    FromEnd,
    FromPositions,
    FromStart,
    FromTime,
    Producer,
    Record,
    Start,
)
from chassis.settings import ServiceSettings
from chassis.testing import eventually, running

MakeTopic = Callable[..., Awaitable[str]]


async def follow_to_the_end(settings: ServiceSettings, topic: str, start: Start) -> list[Record]:
    found: list[Record] = []

    async def keep(record: Record) -> None:
        found.append(record)

    async with running(FollowConsumer(settings, [topic], keep, start)) as follower:
        async with asyncio.timeout(60):
            await follower.caught_up()
    return found


async def test_every_follower_reads_every_partition(
    settings: ServiceSettings, producer: Producer, make_topic: MakeTopic
):
    topic = await make_topic(partitions=3)
    for number in range(30):
        await producer.send(topic, f"k{number}", str(number).encode())

    for _ in range(2):
        found = await follow_to_the_end(settings, topic, FromStart())
        assert sorted(int(record.value) for record in found) == list(range(30))


async def test_from_the_end_only_what_comes_after(
    settings: ServiceSettings, producer: Producer, make_topic: MakeTopic
):
    topic = await make_topic(partitions=2)
    await producer.send(topic, "k", b"before")
    found = []

    async def keep(record: Record) -> None:
        found.append(record.value)

    async with running(FollowConsumer(settings, [topic], keep, FromEnd())) as follower:
        assert follower.is_caught_up
        await producer.send(topic, "k", b"after")
        await eventually(lambda: found)

    assert found == [b"after"]


async def test_from_a_time(settings: ServiceSettings, producer: Producer, make_topic: MakeTopic):
    topic = await make_topic(partitions=1, **{"message.timestamp.type": "LogAppendTime"})
    await producer.send(topic, "k", b"old")
    (old,) = await follow_to_the_end(settings, topic, FromStart())
    await asyncio.sleep(0.01)
    await producer.send(topic, "k", b"new")

    found = await follow_to_the_end(settings, topic, FromTime(old.timestamp_ms + 1))
    future = await follow_to_the_end(settings, topic, FromTime(old.timestamp_ms + 3_600_000))

    assert ([record.value for record in found], future) == ([b"new"], [])


async def test_positions_lead_to_where_the_last_follower_stopped(
    settings: ServiceSettings, producer: Producer, make_topic: MakeTopic
):
    topic = await make_topic(partitions=2)
    for number in range(20):
        await producer.send(topic, f"k{number}", str(number).encode())
    seen = []

    async def keep(record: Record) -> None:
        seen.append(int(record.value))

    async with running(FollowConsumer(settings, [topic], keep, FromStart())) as follower:
        await follower.caught_up()
        positions = follower.positions()
    await producer.send(topic, "k", b"20")
    found = await follow_to_the_end(settings, topic, FromPositions(positions))

    assert sum(positions.values()) == 20
    assert [record.value for record in found] == [b"20"]


async def test_positions_beyond_the_topic_begin_at_its_end(
    settings: ServiceSettings, producer: Producer, make_topic: MakeTopic
):
    topic = await make_topic(partitions=1)
    await producer.send(topic, "k", b"v")

    assert await follow_to_the_end(settings, topic, FromPositions({(topic, 0): 99})) == []


async def test_what_cannot_be_understood_is_skipped(
    settings: ServiceSettings, producer: Producer, make_topic: MakeTopic
):
    topic = await make_topic(partitions=1)
    for value in (b"a", b"bad", b"b"):
        await producer.send(topic, "k", value)
    good = []

    async def handle(record: Record) -> None:
        if record.value == b"bad":
            raise InvalidMessage("bad")
        good.append(record.value)

    async with running(FollowConsumer(settings, [topic], handle, FromStart())) as follower:
        await follower.caught_up()

    assert good == [b"a", b"b"]


async def test_a_follower_is_not_ready_before_it_has_caught_up(
    settings: ServiceSettings, producer: Producer, make_topic: MakeTopic
):
    topic = await make_topic(partitions=1)
    await producer.send(topic, "k", b"v")
    release = asyncio.Event()

    async def handle(record: Record) -> None:
        await release.wait()

    follower = FollowConsumer(settings, [topic], handle, FromStart())
    ready = follower.readiness()["follow-follow"]
    async with running(follower):
        before = await ready()
        release.set()
        await follower.caught_up()

        assert before == "still reading what was there at the start"
        assert await ready() is None


async def test_an_error_comes_out_and_nobody_waits_in_vain(
    settings: ServiceSettings, producer: Producer, make_topic: MakeTopic
):
    topic = await make_topic(partitions=1)
    await producer.send(topic, "k", b"v")

    async def handle(record: Record) -> None:
        raise LookupError("a defect")

    with pytest.raises(LookupError):
        async with running(FollowConsumer(settings, [topic], handle, FromStart())) as follower:
            with pytest.raises(Unavailable):
                await follower.caught_up()


async def test_transaction_markers_at_the_end_count_as_read(
    settings: ServiceSettings, make_topic: MakeTopic
):
    """A marker takes an offset that no record ever has."""
    topic = await make_topic(partitions=1)
    writer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka_bootstrap_servers,
        transactional_id=settings.topic(f"tx-{topic}"),
    )
    await writer.start()
    async with writer.transaction():
        await writer.send_and_wait(settings.topic(topic), b"v", b"k")
    await writer.stop()

    # The broker writes the marker after it has answered the commit.
    async def is_read() -> bool:
        return len(await follow_to_the_end(settings, topic, FromStart())) == 1

    await eventually(is_read)
