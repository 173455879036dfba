"""The whole path: contacts a second from arrival to completion, and who pays for them."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import uvloop
from aiokafka import AIOKafkaProducer

from contact_center.v1 import common_pb2, contact_events_pb2
from local_stack.stack import Stack, without_servers
from local_stack.tokens import Tokens
from tests.bench.appetite import Appetite
from tests.bench.figures import Figure, quantile
from tests.bench.router.broker import INPUT
from tests.bench.router.crowd import Crowd, Times
from tests.bench.router.sizes import Sizes
from tests.load.arrivals import arrivals

SERVICES = ("crm", "router", "desk", "analytics")
ENTRY_POINT, QUEUE = "web-direct", "billing"
OPEN_AT_ONCE = 120
BEAT_SECONDS = 0.01
WARM_SECONDS = 5.0
LAST_SECONDS = 30.0
DAY, DAY_SECONDS, SHARE_OF_MOST = "2003-03-03", 14 * 3600.0 + 300.0, 0.6


def measure(sizes: Sizes) -> Iterator[Figure]:
    """Yield what one machine carries at most, then how a real day's arrivals fare at 60 % of it."""
    agents = [f"crowd-{n:04d}" for n in range(sizes.streams)]
    stack = Stack(
        sizes.folder,
        environ=without_servers(os.environ),
        services=SERVICES,
        roster=_roster(sizes.folder / "roster.yaml", agents),
        durable=True,
    )
    with stack:
        yield from uvloop.run(_measure(stack, agents, sizes))


async def _measure(stack: Stack, agents: list[str], sizes: Sizes) -> list[Figure]:
    tokens = Tokens(await asyncio.to_thread(stack.environment))
    times, appetite = Times(), Appetite(stack)
    crowd = Crowd(stack.address("desk.GRPC_PORT"), tokens, times.on_offer, times.on_end)
    try:
        await crowd.sign_in(agents)
        async with _street(stack) as street:
            await _as_many_as_go(street, times, WARM_SECONDS)
            first, before = len(times.ended), appetite.processor_seconds()
            began = time.perf_counter()
            await _as_many_as_go(street, times, sizes.path_seconds)
            seconds = time.perf_counter() - began
            done, after = len(times.ended) - first, appetite.processor_seconds()
            await _all_over(times)
            spent = {name: after[name] - before[name] for name in after}
            figures = list(_most(done, seconds, spent, sizes.streams))
            offers = await _a_day(street, times, done / seconds, sizes.path_seconds)
            figures += _waits(offers)
    finally:
        await crowd.leave()
    if crowd.failed is not None:
        raise crowd.failed
    print(f"refused commands: {crowd.refused or 'none'}", flush=True)
    return figures


class Street:
    """Where contacts come from: says their facts where an ingest and a flow would."""

    def __init__(self, producer: AIOKafkaProducer, topic: str, workspace: str) -> None:
        self._producer = producer
        self._topic = topic
        self._workspace = workspace

    async def arrive(self, times: Times) -> str:
        """One chat comes, and asks for the queue; return its id."""
        contact_id = str(uuid4())
        token = common_pb2.AddressToken(kind="chat", token=contact_id, is_verified=False)
        arrived = contact_events_pb2.ContactArrived(
            contact_id=contact_id,
            channel=common_pb2.CHANNEL_CHAT,
            entry_point=ENTRY_POINT,
            conversation_id=contact_id,
            key_id=contact_id,
            addresses=[token],
        )
        queued = contact_events_pb2.QueueRequested(contact_id=contact_id, queue=QUEUE)
        times.arrived[contact_id] = time.perf_counter()
        await self._say(contact_arrived=arrived)
        await self._say(queue_requested=queued)
        return contact_id

    async def _say(self, **fact: object) -> None:
        event = contact_events_pb2.ContactEvent(
            event_id=str(uuid4()),
            workspace=self._workspace,
            source="bench",
            **fact,  # type: ignore[arg-type]
        )
        event.occurred_at.GetCurrentTime()
        key = self._workspace.encode()
        await self._producer.send(self._topic, event.SerializeToString(), key)


@asynccontextmanager
async def _street(stack: Stack) -> AsyncIterator[Street]:
    producer = AIOKafkaProducer(
        bootstrap_servers=stack.kafka_bootstrap_servers, acks="all", enable_idempotence=True
    )
    await producer.start()
    try:
        yield Street(producer, stack.topic_prefix + INPUT, stack.workspace)
    finally:
        await producer.stop()


async def _as_many_as_go(street: Street, times: Times, seconds: float) -> None:
    """Keep as many open as the machine needs to be busy, no more."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        while times.open < OPEN_AT_ONCE:
            await street.arrive(times)
        await asyncio.sleep(BEAT_SECONDS)


async def _all_over(times: Times) -> None:
    """Wait for the rest; what stays open is left out and said."""
    until = time.perf_counter() + LAST_SECONDS
    while times.open and time.perf_counter() < until:
        await asyncio.sleep(BEAT_SECONDS)
    print(f"contacts still open: {times.open}", flush=True)


async def _a_day(street: Street, times: Times, most: float, seconds: float) -> Sequence[float]:
    """Bring a real day's arrivals, squeezed into `seconds`; return the waits for an offer."""
    speed = DAY_SECONDS / seconds
    plain = len(arrivals(DAY))
    instants = arrivals(DAY, factor=SHARE_OF_MOST * most * seconds / plain, speed=speed)
    began, came = time.perf_counter(), []
    for instant in instants:
        await asyncio.sleep(max(0.0, began + instant - time.perf_counter()))
        came.append(await street.arrive(times))
    await _all_over(times)
    return [times.offered[id] - times.arrived[id] for id in came if id in times.offered]


def _most(done: int, seconds: float, spent: dict[str, float], streams: int) -> Iterator[Figure]:
    yield Figure(
        figure=f"whole path, arrival → completion, {streams} agent streams",
        value=done / seconds,
        unit="contacts/s",
        must=40,
        aim=100,
        is_more_better=True,
    )
    for name, taken in spent.items():
        yield Figure(
            figure=f"whole path, processor per contact: {name}",
            value=taken / max(done, 1) * 1e3,
            unit="ms",
        )
    whole = sum(spent.values()) / seconds / (os.cpu_count() or 1)
    yield Figure(figure="whole path, processors busy with all of it", value=100 * whole, unit="%")
    name, taken = max(spent.items(), key=lambda item: item[1])
    yield Figure(
        figure=f"whole path, the bottleneck: {name}, busy of one core",
        value=100 * taken / seconds,
        unit="%",
    )


def _waits(offers: Sequence[float]) -> Iterator[Figure]:
    about = f"{DAY} squeezed, {len(offers):,} contacts at {SHARE_OF_MOST:.0%} of the most"
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        value = quantile(list(offers), share) * 1e3
        yield Figure(
            figure=f"whole path, arrival → offer on the stream, {about}, {name}",
            value=value,
            unit="ms",
        )


def _roster(path: Path, agents: list[str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["agents:"]
    for agent_id in agents:
        lines += [f"  - id: {agent_id}", "    team: crowd", "    skills: {billing: 3}"]
    path.write_text("\n".join(lines) + "\n")
    return path
