"""The producer against the real broker."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import OutOfOrderSequenceNumber

from chassis.errors import RecordTooLarge, Unavailable
from chassis.kafka import FollowConsumer, FromStart, Position, Producer, Record
from chassis.settings import ServiceSettings
from chassis.testing import eventually, running

MakeTopic = Callable[..., Awaitable[str]]


async def read_all(settings: ServiceSettings, topic: str) -> list[Record]:
    found: list[Record] = []

    async def keep(record: Record) -> None:
        found.append(record)

    async with running(FollowConsumer(settings, [topic], keep, FromStart())) as follower:
        async with asyncio.timeout(60):
            await follower.caught_up()
    return found


async def test_send_tells_where_the_record_stands(
    producer: Producer, settings: ServiceSettings, make_topic: MakeTopic
):
    topic = await make_topic(partitions=1)

    first = await producer.send(topic, "key", b"one", [("h", b"x")])
    second = await producer.send(topic, b"key", b"two")

    assert (first, second) == (Position(0, 0), Position(0, 1))
    one, two = await read_all(settings, topic)
    assert (one.topic, one.key, one.value, one.headers) == (topic, b"key", b"one", (("h", b"x"),))
    assert (two.offset, two.value, two.header("h"), one.header("h")) == (1, b"two", None, b"x")


async def test_send_soon_keeps_the_order_of_the_calls(
    producer: Producer, settings: ServiceSettings, make_topic: MakeTopic
):
    topic = await make_topic(partitions=1)

    futures = [producer.send_soon(topic, "k", str(number).encode()) for number in range(2000)]
    positions = await asyncio.gather(*futures)

    assert [position.offset for position in positions] == list(range(2000))
    assert [int(record.value) for record in await read_all(settings, topic)] == list(range(2000))


async def test_a_key_has_one_partition(producer: Producer, make_topic: MakeTopic):
    topic = await make_topic(partitions=4)

    placed = {key: set() for key in "abcdefgh"}
    for _ in range(3):
        for key, partitions in placed.items():
            partitions.add((await producer.send(topic, key, b"v")).partition)

    assert all(len(partitions) == 1 for partitions in placed.values())
    assert len(set.union(*placed.values())) > 1


async def test_a_record_over_the_limit_is_refused_and_the_next_one_goes_through(
    producer: Producer, make_topic: MakeTopic
):
    topic = await make_topic(partitions=1)

    with pytest.raises(RecordTooLarge):
        await producer.send(topic, "k", bytes(2_000_000))
    with pytest.raises(RecordTooLarge):
        await producer.send(topic, "k", bytes(1_048_576 - 2))
    await producer.send(topic, "k", bytes(1_048_000))

    assert await producer.send(topic, "k", b"small") == Position(0, 1)


async def test_a_topic_that_is_not_there_is_unavailable_in_bounded_time(settings: ServiceSettings):
    quick = settings.model_copy(update={"kafka_delivery_timeout_seconds": 1.0})
    async with running(Producer(quick, "tests")) as producer:
        with pytest.raises(Unavailable):
            await producer.send("nowhere", "k", b"v")


async def test_a_caller_that_gives_up_while_it_waits_leaves_the_producer_usable(
    producer: Producer, make_topic: MakeTopic
):
    topic = await make_topic(partitions=1)

    abandoned = asyncio.create_task(producer.send(topic, "k", b"perhaps"))
    await asyncio.sleep(0)
    abandoned.cancel()

    assert (await producer.send(topic, "k", b"v")).partition == 0


async def test_a_broken_sequence_ends_the_process(settings: ServiceSettings, make_topic: MakeTopic):
    topic = await make_topic(partitions=1)
    producer = Producer(settings, "tests")
    await producer.start()
    work = asyncio.create_task(producer.run())
    await producer.send(topic, "k", b"v")
    hole = TopicPartition(settings.topic(topic), 0)
    producer._producer._txn_manager.increment_sequence_number(hole, 5)

    with pytest.raises(Unavailable, match="OutOfOrderSequenceNumber"):
        await producer.send(topic, "k", b"v")
    with pytest.raises(OutOfOrderSequenceNumber):
        await work

    with pytest.raises(Unavailable):
        await producer.send(topic, "k", b"v")
    assert await producer.readiness()["kafka"]() == "the producer is not running"
    await producer.stop()


async def test_stop_waits_for_what_was_sent(settings: ServiceSettings, make_topic: MakeTopic):
    topic = await make_topic(partitions=1)
    producer = Producer(settings, "tests")
    await producer.start()
    futures = [producer.send_soon(topic, "k", b"v") for _ in range(100)]
    await producer.stop()

    assert [future.result().offset for future in futures] == list(range(100))
    with pytest.raises(Unavailable):
        await producer.send(topic, "k", b"v")


async def test_a_producer_is_ready_while_the_broker_answers(producer: Producer):
    assert await producer.readiness()["kafka"]() is None


async def test_a_broker_that_never_answers_makes_the_start_fail():
    lonely = ServiceSettings(kafka_bootstrap_servers="127.0.0.1:1", start_timeout_seconds=0.5)
    producer = Producer(lonely, "tests")

    with pytest.raises(Unavailable, match="producer start"):
        await producer.start()
    await producer.stop()


async def test_many_at_once_are_bounded(producer: Producer, make_topic: MakeTopic, monkeypatch):
    topic = await make_topic(partitions=1)
    monkeypatch.setattr("chassis.kafka.in_flight.MAX_RECORDS", 10)

    futures = [producer.send_soon(topic, "k", b"v") for _ in range(12)]
    outcomes = await asyncio.gather(*futures, return_exceptions=True)

    assert sum(isinstance(outcome, Unavailable) for outcome in outcomes) == 2
    assert await eventually(lambda: producer.send(topic, "k", b"v"))
