"""Members that come, go, freeze and return."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable

import pytest

from chassis.kafka import DeadLetters, GroupConsumer, Producer, Record
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


async def fill(producer: Producer, topic: str, numbers: range) -> None:
    sends = [producer.send_soon(topic, f"k{n % 7}", str(n).encode()) for n in numbers]
    await asyncio.gather(*sends)


async def test_partitions_move_without_losing_or_repeating_a_record(
    settings: ServiceSettings,
    producer: Producer,
    dead_letters: DeadLetters,
    make_topic: MakeTopic,
    new_group: str,
):
    topic = await make_topic(partitions=4)
    seen: list[int] = []

    async def slowly(record: Record) -> None:
        await asyncio.sleep(0.005)
        seen.append(int(record.value))

    def member() -> GroupConsumer:
        return GroupConsumer(settings, new_group, [topic], slowly, dead_letters)

    async with running(member()):
        await fill(producer, topic, range(200))
        await eventually(lambda: len(seen) > 20)
        async with running(member()):
            await fill(producer, topic, range(200, 400))
            await eventually(lambda: len(seen) > 220)
        await fill(producer, topic, range(400, 500))
        await eventually(lambda: len(set(seen)) == 500)

    assert sorted(seen) == list(range(500))


async def test_a_static_member_restarts_under_its_name(
    settings: ServiceSettings,
    producer: Producer,
    dead_letters: DeadLetters,
    make_topic: MakeTopic,
    new_group: str,
):
    topic = await make_topic(partitions=2)
    static = settings.model_copy(update={"kafka_static_membership": True, "instance_id": "pod-0"})
    seen = Seen()
    for round_number in range(2):
        await fill(producer, topic, range(round_number * 10, round_number * 10 + 10))
        async with running(GroupConsumer(static, new_group, [topic], seen, dead_letters)):
            expected = round_number * 10 + 10
            await eventually(lambda expected=expected: len(seen.records) == expected)

    assert sorted(seen.values) == list(range(20))


@pytest.mark.slow
async def test_a_member_that_froze_does_not_take_back_what_another_did(
    settings: ServiceSettings,
    producer: Producer,
    dead_letters: DeadLetters,
    make_topic: MakeTopic,
    new_group: str,
):
    """Frozen longer than the session timeout, as by SIGSTOP: its own commit must be refused."""
    topic = await make_topic(partitions=1)
    await fill(producer, topic, range(50))
    mine: list[int] = []
    others: list[int] = []

    async def freeze(record: Record) -> None:
        mine.append(int(record.value))
        if len(mine) == 1:
            time.sleep(10)

    async def go_on(record: Record) -> None:
        others.append(int(record.value))

    async def be_the_other() -> None:
        member = GroupConsumer(settings, new_group, [topic], go_on, dead_letters)
        async with running(member):
            await eventually(lambda: len(others) >= 50 and over.is_set())

    over = threading.Event()
    async with running(GroupConsumer(settings, new_group, [topic], freeze, dead_letters)):
        other = asyncio.create_task(asyncio.to_thread(asyncio.run, be_the_other()))
        await eventually(lambda: len(others) >= 50)
        await fill(producer, topic, range(50, 60))
        await eventually(lambda: set(range(50, 60)) <= {*mine, *others})
        over.set()
        await other
    later = Seen()
    async with running(GroupConsumer(settings, new_group, [topic], later, dead_letters)):
        await fill(producer, topic, range(60, 61))
        await eventually(lambda: 60 in later.values)

    assert set(range(50)) <= set(others)
    assert later.values == [60]
