"""What the worker adds at 200 events a second: there and back, beside the plain loop."""

import asyncio
import signal
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from contact_center.v1 import contact_events_pb2, routing_events_pb2
from tests.bench.figures import Figure, quantile
from tests.bench.router.broker import Broker, a_broker
from tests.bench.router.floor import Floor
from tests.bench.router.lanes import Lane, a_producer, tapes, write
from tests.bench.router.sizes import Sizes
from tests.bench.router.worker import AGENTS, PLAIN, ROUTER, WAITING, lanes

RATE = 200
WARM_SECONDS = 3.0
LONGEST_WARM_SECONDS = 60.0
LAST_SECONDS = 5.0
MOST_ON_THE_WAY = 4
BOUNDS = (("p50", 0.5, 1.5, 1.2), ("p99", 0.99, 2.0, 1.5))


def measure(sizes: Sizes) -> Iterator[Figure]:
    """Yield p50 and p99 of both, and their ratios."""
    with a_broker(sizes.folder) as broker:
        found = uvloop.run(_paced(sizes, broker))
    for name, share, must, aim in BOUNDS:
        floor = Figure(
            figure=f"plain loop at {RATE}/s, there and back, {name}",
            value=quantile(found[PLAIN], share) * 1e3,
            unit="ms",
        )
        value = quantile(found[ROUTER], share) * 1e3
        yield floor
        yield Figure(
            figure=f"worker at {RATE}/s, there and back, {name} of {len(found[ROUTER]):,}",
            value=value,
            unit="ms",
            relative_to=floor.figure,
            ratio=value / floor.value,
            must=must,
            aim=aim,
        )


class _Stopwatch:
    """When each event went out, and how long until its answer was read."""

    def __init__(self) -> None:
        self.sent: dict[str, dict[str, float]] = {ROUTER: {}, PLAIN: {}}
        self.taken: dict[str, list[float]] = {ROUTER: [], PLAIN: []}

    @property
    def on_the_way(self) -> int:
        """How many are not answered yet."""
        return sum(len(self.sent[name]) - len(self.taken[name]) for name in self.sent)

    def restart(self) -> None:
        """Forget what was measured while warming up."""
        for name in self.sent:
            self.sent[name].clear()
            self.taken[name].clear()

    def heard(self, lane: Lane, value: bytes) -> None:
        """Count an answer."""
        now = time.perf_counter()
        kind = routing_events_pb2.RoutingStep if lane.is_router else contact_events_pb2.ContactEvent
        name, event_id = lane.program.name, kind.FromString(value).event_id
        began = self.sent[name].get(event_id)
        if began is not None:
            self.taken[name].append(now - began)


async def _paced(sizes: Sizes, broker: Broker) -> dict[str, list[float]]:
    async with AsyncExitStack() as open_parts:
        router, naive, plain = await lanes(broker, sizes, open_parts)
        await naive.program.end(signal.SIGTERM)
        records = int((LONGEST_WARM_SECONDS + sizes.latency_seconds) * RATE)
        (floor,) = tapes(1, records, AGENTS, WAITING, gap=1_000 // RATE)
        producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap_servers)
        for part in (quick := a_producer(broker), producer):
            await part.start()
            open_parts.push_async_callback(part.stop)
        watch = _Stopwatch()
        reader = asyncio.create_task(_read(broker, (router, plain), watch))
        open_parts.callback(reader.cancel)
        assert floor.tape is not None
        await write(quick, router.source, floor.workspace_name, floor.tape[: floor.mark])
        await _send(producer, floor, (router, plain), watch, int(sizes.latency_seconds * RATE))
        try:
            async with asyncio.timeout(LAST_SECONDS):
                while watch.on_the_way:
                    await asyncio.sleep(0.05)
        except TimeoutError:
            print(f"not answered: {[len(s) for s in watch.sent.values()]}", flush=True)
    return watch.taken


async def _send(
    producer: AIOKafkaProducer,
    floor: Floor,
    both: tuple[Lane, Lane],
    watch: _Stopwatch,
    count: int,
) -> None:
    """Say each event to the router, and half a beat later to the plain loop.

    The first are to warm up, and for the router to catch up with what it got at once.
    """
    assert floor.tape is not None
    began, key, warm = time.perf_counter(), floor.workspace_name.encode(), int(WARM_SECONDS * RATE)
    end = longest = len(floor.tape) - floor.mark
    for n, (stamp, value) in enumerate(floor.tape[floor.mark :]):
        if end == longest and n >= warm and watch.on_the_way <= MOST_ON_THE_WAY:
            watch.restart()
            end = n + count
        if n == end:
            return
        event_id = contact_events_pb2.ContactEvent.FromString(value).event_id
        for beat, lane in enumerate(both):
            due = began + (n + beat / 2) / RATE
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            watch.sent[lane.program.name][event_id] = time.perf_counter()
            await producer.send(lane.source, value, key, 0, timestamp_ms=stamp)


async def _read(broker: Broker, both: tuple[Lane, Lane], watch: _Stopwatch) -> None:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=broker.bootstrap_servers, enable_auto_commit=False
    )
    await consumer.start()
    places = {TopicPartition(lane.target, 0): lane for lane in both}
    try:
        consumer.assign(list(places))
        await consumer.seek_to_end(*places)
        while True:
            for place, records in (await consumer.getmany(timeout_ms=1_000)).items():
                for record in records:
                    watch.heard(places[place], record.value)
    finally:
        await consumer.stop()
