"""Consumption as a member of a group, against the real broker."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from prometheus_client import REGISTRY

from chassis.errors import InvalidMessage, Unavailable
from chassis.events import headers
from chassis.kafka import DeadLetters, FollowConsumer, FromStart, GroupConsumer, Producer, Record
from chassis.settings import ServiceSettings
from chassis.testing import eventually, running

MakeTopic = Callable[..., Awaitable[str]]


@pytest.fixture
def dead_letters(producer: Producer) -> DeadLetters:
    return DeadLetters(producer, "tests")


class Seen:
    """A handler that remembers what it got."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    async def __call__(self, record: Record) -> None:
        self.records.append(record)

    @property
    def values(self) -> list[int]:
        return [int(record.value) for record in self.records]


def shown(metric: str, topic: str, group: str) -> float | None:
    return REGISTRY.get_sample_value(metric, {"topic": topic, "group": group})


async def fill(producer: Producer, topic: str, numbers: range) -> None:
    sends = [producer.send_soon(topic, f"k{n % 7}", str(n).encode()) for n in numbers]
    await asyncio.gather(*sends)


async def test_records_are_handled_in_order_per_partition_and_not_again_after_a_restart(
    settings: ServiceSettings,
    producer: Producer,
    dead_letters: DeadLetters,
    make_topic: MakeTopic,
    new_group: str,
):
    topic = await make_topic(partitions=3)
    await fill(producer, topic, range(500))
    seen = Seen()
    async with running(GroupConsumer(settings, new_group, [topic], seen, dead_letters)):
        await eventually(lambda: len(seen.records) == 500)
    await fill(producer, topic, range(500, 600))
    later = Seen()
    async with running(GroupConsumer(settings, new_group, [topic], later, dead_letters)):
        await eventually(lambda: len(later.records) >= 100)

    by_partition = defaultdict(list)
    for record in seen.records:
        by_partition[record.partition].append(record.offset)
    assert all(offsets == list(range(len(offsets))) for offsets in by_partition.values())
    assert sorted(later.values) == list(range(500, 600))


async def test_an_error_ends_the_consumer_and_the_record_comes_again(
    settings: ServiceSettings,
    producer: Producer,
    dead_letters: DeadLetters,
    make_topic: MakeTopic,
    new_group: str,
):
    topic = await make_topic(partitions=1)
    await fill(producer, topic, range(10))
    handled = []

    async def fail_at_seven(record: Record) -> None:
        if record.value == b"7":
            raise LookupError("a defect")
        handled.append(int(record.value))

    with pytest.raises(LookupError):
        async with running(
            GroupConsumer(settings, new_group, [topic], fail_at_seven, dead_letters)
        ):
            await eventually(lambda: len(handled) == 7)
    seen = Seen()
    async with running(GroupConsumer(settings, new_group, [topic], seen, dead_letters)):
        await eventually(lambda: len(seen.records) == 3)

    assert handled == list(range(7))
    assert seen.values == [7, 8, 9]


async def test_bytes_that_cannot_be_understood_are_parked_with_reason_and_position(
    settings: ServiceSettings,
    producer: Producer,
    dead_letters: DeadLetters,
    make_topic: MakeTopic,
    new_group: str,
):
    topic = await make_topic(partitions=1)
    for value in (b"good", b"\xff\x00", b"good"):
        await producer.send(topic, "k", value, [("ce_id", b"7")])
    good = []

    async def handle(record: Record) -> None:
        if record.value != b"good":
            raise InvalidMessage("not understood")
        good.append(record.offset)

    async with running(GroupConsumer(settings, new_group, [topic], handle, dead_letters)):
        await eventually(lambda: len(good) == 2)

    parked = Seen()
    dead = f"{topic}.dlq.tests"
    async with running(FollowConsumer(settings, [dead], parked, FromStart())):
        await eventually(lambda: parked.records)
    (letter,) = parked.records
    assert good == [0, 2]
    assert (letter.key, letter.value) == (b"k", b"\xff\x00")
    assert dict(letter.headers) == {
        "ce_id": b"7",
        "dlq.reason": b"not understood",
        "dlq.topic": topic.encode(),
        "dlq.partition": b"0",
        "dlq.offset": b"1",
    }
    assert shown("consumer_parked_total", topic, new_group) == 1


async def test_a_handler_whose_database_is_away_gets_the_same_record_again(
    settings: ServiceSettings,
    producer: Producer,
    dead_letters: DeadLetters,
    make_topic: MakeTopic,
    new_group: str,
):
    topic = await make_topic(partitions=1)
    await fill(producer, topic, range(3))
    tries = []

    async def handle(record: Record) -> None:
        tries.append(int(record.value))
        if tries.count(1) < 3 and record.value == b"1":
            raise Unavailable("postgres")

    async with running(GroupConsumer(settings, new_group, [topic], handle, dead_letters)):
        await eventually(lambda: tries and tries[-1] == 2)

    assert tries == [0, 1, 1, 1, 2]


async def test_patience_ends(
    settings: ServiceSettings,
    producer: Producer,
    dead_letters: DeadLetters,
    make_topic: MakeTopic,
    new_group: str,
):
    topic = await make_topic(partitions=1)
    await fill(producer, topic, range(1))

    async def handle(record: Record) -> None:
        raise Unavailable("postgres")

    consumer = GroupConsumer(
        settings, new_group, [topic], handle, dead_letters, patience_seconds=0.2
    )
    await consumer.start()
    with pytest.raises(Unavailable):
        async with asyncio.timeout(60):
            await consumer.run()
    await consumer.stop()


async def test_a_batch_with_one_bad_record_loses_only_that_one(
    settings: ServiceSettings,
    producer: Producer,
    dead_letters: DeadLetters,
    make_topic: MakeTopic,
    new_group: str,
):
    topic = await make_topic(partitions=1)
    await fill(producer, topic, range(20))
    handled = []

    async def handle_batch(records: list[Record]) -> None:
        if any(record.value == b"13" for record in records):
            raise InvalidMessage("thirteen")
        handled.extend(int(record.value) for record in records)

    consumer = GroupConsumer(
        settings, new_group, [topic], None, dead_letters, handle_batch=handle_batch
    )
    async with running(consumer):
        await eventually(lambda: 19 in handled)

    assert handled == [number for number in range(20) if number != 13]


async def test_the_trace_of_the_writer_goes_on_in_the_handler(
    settings: ServiceSettings,
    producer: Producer,
    dead_letters: DeadLetters,
    make_topic: MakeTopic,
    new_group: str,
):
    topic = await make_topic(partitions=1)
    tracer = TracerProvider().get_tracer("tests")
    traces = []

    async def handle(record: Record) -> None:
        traces.append(trace.get_current_span().get_span_context().trace_id)

    with tracer.start_as_current_span("request") as span:
        sent = headers("1", "t", "/tests", datetime.now(UTC))
    await producer.send(topic, "k", b"v", sent)
    async with running(GroupConsumer(settings, new_group, [topic], handle, dead_letters)):
        await eventually(lambda: traces)

    assert traces == [span.get_span_context().trace_id]


async def test_lag_and_liveness_show_a_stuck_handler(
    settings: ServiceSettings,
    producer: Producer,
    dead_letters: DeadLetters,
    make_topic: MakeTopic,
    new_group: str,
):
    topic = await make_topic(partitions=1)
    await fill(producer, topic, range(10))
    release = asyncio.Event()

    async def handle(record: Record) -> None:
        await release.wait()

    consumer = GroupConsumer(
        settings, new_group, [topic], handle, dead_letters, stuck_after_seconds=0.5
    )
    alive = consumer.liveness()[f"consumer-{new_group}"]
    async with running(consumer):
        await eventually(lambda: shown("consumer_lag_records", topic, new_group) == 10)
        await eventually(alive)
        release.set()
        await eventually(lambda: shown("consumer_lag_records", topic, new_group) == 0)

        assert await eventually(lambda: _is_none(alive))
        assert await consumer.readiness()[f"consumer-{new_group}"]() is None


async def _is_none(check) -> bool:
    return await check() is None


async def test_it_catches_up_until_what_was_there_is_handled(
    settings: ServiceSettings,
    producer: Producer,
    dead_letters: DeadLetters,
    make_topic: MakeTopic,
    new_group: str,
):
    topic = await make_topic(partitions=2)
    await fill(producer, topic, range(5))
    may_go_on = asyncio.Event()
    seen = Seen()

    async def wait(record: Record) -> None:
        await may_go_on.wait()
        await seen(record)

    consumer = GroupConsumer(settings, new_group, [topic], wait, dead_letters)
    assert consumer.is_catching_up
    async with running(consumer):
        await asyncio.sleep(1)
        assert consumer.is_catching_up
        may_go_on.set()
        await eventually(lambda: not consumer.is_catching_up)
        assert len(seen.records) == 5


async def test_who_has_nothing_to_read_is_not_behind(
    settings: ServiceSettings, dead_letters: DeadLetters, make_topic: MakeTopic, new_group: str
):
    topic = await make_topic(partitions=2)
    consumer = GroupConsumer(settings, new_group, [topic], Seen(), dead_letters)
    async with running(consumer):
        await eventually(lambda: not consumer.is_catching_up)
