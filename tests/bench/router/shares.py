"""One, two and four workers that share four partitions: what a record costs, and what that means.

From it: what a company needs for a thousand contacts a second.
"""

import asyncio
import math
import signal
from collections.abc import Iterator
from dataclasses import dataclass

import uvloop
from aiokafka.partitioner import DefaultPartitioner

from tests.bench.figures import Figure
from tests.bench.router.broker import INPUT, OUTPUT, Broker, Ends, a_broker, router_topics
from tests.bench.router.floor import Floor
from tests.bench.router.lanes import THROUGH_SECONDS, a_producer, write
from tests.bench.router.programs import RunningRouter
from tests.bench.router.sizes import Sizes

PARTITIONS = 4
COUNTS = (1, 2, 4)
AGENTS, WAITING = 250, 500
STEADY_SECONDS = 4.0
LOOK_SECONDS = 0.05
# Arrived, identified, queue requested, delivered, accepted, disconnected, wrap-up finished.
RECORDS_OF_CONTACT = 7
WANTED = 1_000
BUSY = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Processor microseconds per record, and records per second of all together."""

    workers: float
    broker: float
    per_second: float


def measure(sizes: Sizes) -> Iterator[Figure]:
    """Yield the cost by number of workers, and the computation."""
    floors = [_taped(sizes, partition) for partition in range(PARTITIONS)]
    with a_broker(sizes.folder) as broker:
        costs = {count: uvloop.run(_cost(sizes, broker, floors, count)) for count in COUNTS}
    one = f"processor time per record, {COUNTS[0]} worker"
    for count, cost in costs.items():
        is_first = count == COUNTS[0]
        together = f"{count} workers" if count > 1 else "1 worker"
        yield Figure(
            figure=one if is_first else f"processor time per record, {together} together",
            value=cost.workers,
            unit="µs",
            relative_to="" if is_first else one,
            ratio=None if is_first else cost.workers / costs[COUNTS[0]].workers,
        )
        yield Figure(figure=f"the broker's for each, {together}", value=cost.broker, unit="µs")
        yield Figure(
            figure=f"flat out on this machine, {together}, broker included",
            value=cost.per_second,
            unit="records/s",
        )
    yield from _company(costs[COUNTS[-1]])


def _company(cost: Cost) -> Iterator[Figure]:
    """Yield what a thousand contacts a second need, workers being busy for 60 % of their time."""
    about = f"for {WANTED:,} contacts/s ({RECORDS_OF_CONTACT} records each)"
    cores = WANTED * RECORDS_OF_CONTACT * cost.workers / 1e6
    yield Figure(figure=f"{about}: processors of the router, fully busy", value=cores, unit="cores")
    yield Figure(
        figure=f"{about}: workers of one core, {BUSY:.0%} busy, and at least as many partitions",
        value=math.ceil(cores / BUSY),
        unit="workers",
    )
    yield Figure(
        figure=f"{about}: processors of the brokers for the router alone, one replica",
        value=WANTED * RECORDS_OF_CONTACT * cost.broker / 1e6,
        unit="cores",
    )
    yield Figure(
        figure=f"largest workspace that one worker carries, {BUSY:.0%} busy",
        value=BUSY * 1e6 / cost.workers / RECORDS_OF_CONTACT,
        unit="contacts/s",
    )


def _taped(sizes: Sizes, partition: int) -> Floor:
    """Return a floor with a tape, in a workspace whose key belongs to the partition."""
    everything, choose = list(range(PARTITIONS)), DefaultPartitioner()
    names = (f"share-{n}" for n in range(1_000))
    name = next(n for n in names if choose(n.encode(), everything, everything) == partition)
    floor = Floor(AGENTS, skills=50, workspace=name, seed=partition)
    floor.tape = []
    floor.open()
    floor.fill(WAITING)
    floor.drive(sizes.records // 2, WAITING)
    return floor


async def _cost(sizes: Sizes, broker: Broker, floors: list[Floor], count: int) -> Cost:
    prefix = f"share{count}."
    await router_topics(broker, prefix, PARTITIONS, by_log=False)
    workers = [
        RunningRouter(f"{prefix}{number}", broker, prefix, sizes.folder) for number in range(count)
    ]
    for worker in workers:
        await worker.start()
    try:
        for _ in range(2):
            for worker in workers:
                await worker.ready()
            await asyncio.sleep(STEADY_SECONDS)
        return await _flat_out(broker, prefix, workers, floors)
    finally:
        await asyncio.gather(*(worker.end() for worker in workers))


async def _flat_out(
    broker: Broker, prefix: str, workers: list[RunningRouter], floors: list[Floor]
) -> Cost:
    for worker in workers:
        worker.send(signal.SIGSTOP)
    async with a_producer(broker) as producer:
        for partition, floor in enumerate(floors):
            assert floor.tape is not None
            key, tape = floor.workspace_name, floor.tape
            await write(producer, prefix + INPUT, key, tape, partition)
    before, paid = [w.processor_seconds() for w in workers], broker.processor_seconds()
    for worker in workers:
        worker.send(signal.SIGCONT)
    began = asyncio.get_running_loop().time()
    async with Ends(broker) as ends, asyncio.timeout(THROUGH_SECONDS):
        for partition, floor in enumerate(floors):
            assert floor.tape is not None
            while await ends.end(prefix + OUTPUT, partition) < len(floor.tape):
                await asyncio.sleep(LOOK_SECONDS)
    seconds = asyncio.get_running_loop().time() - began
    records = sum(len(floor.tape or ()) for floor in floors)
    after = [w.processor_seconds() for w in workers]
    spent = [b - a for a, b in zip(before, after, strict=True)]
    if min(spent) < sum(spent) / len(spent) / 2:
        raise RuntimeError(f"the workers did not share evenly: {spent} seconds")
    return Cost(
        workers=sum(spent) / records * 1e6,
        broker=(broker.processor_seconds() - paid) / records * 1e6,
        per_second=records / seconds,
    )
