"""What happens while the broker is killed and started again; a broker of the test's own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from chassis.errors import Unavailable
from chassis.kafka import (
    DeadLetters,
    FollowConsumer,
    FromStart,
    GroupConsumer,
    Producer,
    Record,
    TopicSpec,
    ensure_topics,
)
from chassis.settings import ServiceSettings
from chassis.testing import eventually, running
from local_stack.infrastructure import Infrastructure
from local_stack.supervisor import Supervisor

pytestmark = pytest.mark.slow
OwnInfrastructure = Callable[..., AbstractContextManager[tuple[Infrastructure, Supervisor]]]
TOPIC = "outage.v1"
# How long the fault lasts: longer than the delivery timeout, so that batches are overdue.
OUTAGE_SECONDS = 4.0


@dataclass
class Broker:
    settings: ServiceSettings
    supervisor: Supervisor

    async def kill(self) -> None:
        await asyncio.to_thread(self.supervisor.kill, "kafka", restart=False)
        await eventually(lambda: self.supervisor.pid("kafka") is None)

    async def freeze(self) -> None:
        """Return when every thread stands still: the signal alone takes a moment."""
        await asyncio.to_thread(self.supervisor.pause, "kafka")
        threads = Path(f"/proc/{self.supervisor.pid('kafka')}/task")
        await eventually(
            lambda: all(
                (thread / "stat").read_text().rpartition(")")[2].split()[0] == "T"
                for thread in threads.iterdir()
            )
        )

    async def start(self) -> None:
        await asyncio.to_thread(self.supervisor.start, "kafka")


@pytest.fixture(scope="module")
def own_broker(own_infrastructure: OwnInfrastructure) -> Iterator[tuple[str, Supervisor]]:
    with own_infrastructure("kafka") as (infrastructure, supervisor):
        yield infrastructure.kafka_bootstrap_servers, supervisor


@pytest.fixture
async def broker(
    own_broker: tuple[str, Supervisor], tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Broker]:
    servers, supervisor = own_broker
    settings = ServiceSettings(
        kafka_bootstrap_servers=servers,
        topic_prefix=f"{request.node.name}.",
        data_dir=tmp_path,
        kafka_delivery_timeout_seconds=1.5,
        kafka_stale_after_seconds=2.0,
    )
    await asyncio.to_thread(supervisor.start, "kafka")
    await ensure_topics(settings, [TopicSpec(TOPIC, 2), TopicSpec(f"{TOPIC}.dlq.tests", 1)])
    yield Broker(settings, supervisor)


async def test_a_producer_refuses_while_the_broker_is_away_and_writes_each_record_once(
    broker: Broker,
):
    async with running(Producer(broker.settings, "tests")) as producer:
        ready = producer.readiness()["kafka"]
        await producer.send(TOPIC, "k", b"before")
        await broker.kill()
        with pytest.raises(Unavailable, match="unknown"):
            await producer.send(TOPIC, "k", b"during")
        with pytest.raises(Unavailable, match="waits for the broker"):
            await producer.send(TOPIC, "k", b"refused at once")
        why_not = await eventually(ready)
        await asyncio.sleep(OUTAGE_SECONDS)
        await broker.start()

        async def send_again() -> bool:
            try:
                await producer.send(TOPIC, "k", b"after")
            except Unavailable:
                return False
            return True

        await eventually(send_again)
        assert await eventually(lambda: _is_none(ready))

    assert "no answer from the broker" in why_not
    assert await _values(broker.settings) == [b"before", b"during", b"after"]


async def test_a_broker_that_hangs_is_unavailable_too(broker: Broker):
    async with running(Producer(broker.settings, "tests")) as producer:
        await producer.send(TOPIC, "k", b"before")
        await broker.freeze()
        try:
            with pytest.raises(Unavailable, match="unknown"):
                await producer.send(TOPIC, "k", b"during")
        finally:
            await asyncio.to_thread(broker.supervisor.resume, "kafka")
        await eventually(lambda: _can_send(producer, b"after"))

    assert await _values(broker.settings) == [b"before", b"during", b"after"]


async def test_consumers_go_on_after_two_outages(broker: Broker):
    grouped: list[bytes] = []
    followed: list[bytes] = []

    async def in_group(record: Record) -> None:
        grouped.append(record.value)

    async def follow(record: Record) -> None:
        followed.append(record.value)

    settings = broker.settings
    async with running(Producer(settings, "tests")) as producer:
        dead_letters = DeadLetters(producer, "tests")
        member = GroupConsumer(settings, "outage", [TOPIC], in_group, dead_letters)
        follower = FollowConsumer(settings, [TOPIC], follow, FromStart())
        async with running(member), running(follower):
            for number in range(2):
                await producer.send(TOPIC, "k", b"before %d" % number)
                await eventually(lambda n=number: len(set(grouped)) == 2 * n + 1)
                await broker.kill()
                await asyncio.sleep(OUTAGE_SECONDS)
                assert await member.liveness()["consumer-outage"]() is None
                assert await follower.liveness()["follow-follow"]() is None
                await broker.start()
                value = b"after %d" % number
                await eventually(lambda value=value: _can_send(producer, value))
                await eventually(lambda n=number: len(set(grouped)) == 2 * n + 2)
                await eventually(lambda n=number: len(followed) == 2 * n + 2)

    assert followed == [b"before 0", b"after 0", b"before 1", b"after 1"]
    assert sorted(set(grouped)) == sorted(followed)


async def test_a_consumer_stops_while_the_broker_is_away(broker: Broker):
    handled: list[bytes] = []

    async def handle(record: Record) -> None:
        handled.append(record.value)

    settings = broker.settings
    async with running(Producer(settings, "tests")) as producer:
        dead_letters = DeadLetters(producer, "tests")
        member = GroupConsumer(settings, "stopping", [TOPIC], handle, dead_letters)
        async with running(member):
            await producer.send(TOPIC, "k", b"v")
            await eventually(lambda: handled)
            await broker.kill()

    assert handled == [b"v"]


async def _can_send(producer: Producer, value: bytes) -> bool:
    try:
        await producer.send(TOPIC, "k", value)
    except Unavailable:
        return False
    return True


async def _is_none(check: Callable[[], object]) -> bool:
    return await check() is None


async def _values(settings: ServiceSettings) -> list[bytes]:
    found: list[bytes] = []

    async def keep(record: Record) -> None:
        found.append(record.value)

    async with running(FollowConsumer(settings, [TOPIC], keep, FromStart())) as follower:
        await follower.caught_up()
    return found
