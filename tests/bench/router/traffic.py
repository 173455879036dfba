"""Facts that come all the time, and when each was answered: how long a router is away."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from contact_center.v1 import common_pb2, contact_events_pb2, routing_events_pb2
from tests.bench.router.broker import INPUT, OUTPUT, Broker

ANSWER_SECONDS = 120.0


class Traffic:
    """Says arrivals to one partition of a router's log, and reads the steps."""

    def __init__(self, producer: AIOKafkaProducer, prefix: str, workspace: str) -> None:
        self._producer = producer
        self._topic = prefix + INPUT
        self._workspace = workspace
        self._answered: dict[str, asyncio.Future[float]] = {}

    async def say(self) -> "asyncio.Future[float]":
        """A contact comes; the future has the instant at which its step was read."""
        event_id = str(uuid4())
        event = contact_events_pb2.ContactEvent(
            event_id=event_id,
            workspace=self._workspace,
            source="bench",
            contact_arrived=contact_events_pb2.ContactArrived(
                contact_id=event_id,
                channel=common_pb2.CHANNEL_CHAT,
                entry_point="main",
                conversation_id=event_id,
                key_id=event_id,
            ),
        )
        answered: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._answered[event_id] = answered
        key = self._workspace.encode()
        await self._producer.send_and_wait(self._topic, event.SerializeToString(), key, 0)
        return answered

    async def flow(self, per_second: float) -> None:
        """Say something all the time, until cancelled."""
        while True:
            await self.say()
            await asyncio.sleep(1 / per_second)

    async def away(self, since: float) -> float:
        """Return the seconds from `since` until a fact said from now on was answered."""
        async with asyncio.timeout(ANSWER_SECONDS):
            return await (await self.say()) - since

    def heard(self, value: bytes) -> None:
        """Take note of a step."""
        now = time.perf_counter()
        step = routing_events_pb2.RoutingStep.FromString(value)
        answered = self._answered.pop(step.event_id, None)
        if answered is not None and not answered.done():
            answered.set_result(now)


@asynccontextmanager
async def a_traffic(broker: Broker, prefix: str, workspace: str) -> AsyncIterator[Traffic]:
    """Connect to partition 0 of both topics."""
    servers = broker.bootstrap_servers
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False)
    async with AIOKafkaProducer(bootstrap_servers=servers, acks="all") as producer, consumer:
        place = TopicPartition(prefix + OUTPUT, 0)
        consumer.assign([place])
        await consumer.seek_to_end(place)
        await consumer.position(place)
        traffic = Traffic(producer, prefix, workspace)
        reader = asyncio.create_task(_read(consumer, traffic))
        try:
            yield traffic
        finally:
            reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reader


async def _read(consumer: AIOKafkaConsumer, traffic: Traffic) -> None:
    async for record in consumer:
        traffic.heard(record.value)
