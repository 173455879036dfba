"""How long nothing is decided when the worker that decides is killed with kill -9."""

import asyncio
import signal
import time
from collections.abc import Iterator

import aiohttp
import uvloop

from tests.bench.figures import Figure
from tests.bench.router.broker import INPUT, Broker, a_broker, router_topics
from tests.bench.router.lanes import a_producer, tapes, write
from tests.bench.router.programs import RunningRouter
from tests.bench.router.sizes import Sizes
from tests.bench.router.traffic import Traffic, a_traffic

AGENTS, WAITING = 500, 1_000
PER_SECOND = 50.0
QUIET_SECONDS = 3.0
SESSION_SECONDS = "6"
STEPS = "router_steps_total "


def measure(sizes: Sizes) -> Iterator[Figure]:
    """Yield the longest of some kills, of the only worker and with a second one beside it."""
    with a_broker(sizes.folder) as broker:
        alone = uvloop.run(_alone(sizes, broker))
        beside = uvloop.run(_beside(sizes, broker))
    yield Figure(
        figure=f"kill -9 of the only worker, started again at once → next new decision,"
        f" longest of {len(alone)}",
        value=max(alone),
        unit="s",
        must=8.0,
        aim=3.0,
    )
    yield Figure(
        figure=f"kill -9 of a worker that stays dead, a warm second one → next new decision,"
        f" longest of {len(beside)}",
        value=max(beside),
        unit="s",
        must=8.0,
        aim=3.0,
    )


async def _alone(sizes: Sizes, broker: Broker) -> list[float]:
    """The name is static, so that who comes back takes up its partition at once."""
    worker = _worker(broker, "alone.", "only", sizes, KAFKA_STATIC_MEMBERSHIP="true")
    await _fill(broker, "alone.")
    await worker.start()
    try:
        await worker.ready()
        async with a_traffic(broker, "alone.", "tape-0") as traffic:
            flow = asyncio.create_task(traffic.flow(PER_SECOND))
            found = []
            for _ in range(sizes.kills):
                await traffic.away(time.perf_counter())
                await asyncio.sleep(QUIET_SECONDS)
                began = time.perf_counter()
                await worker.end(signal.SIGKILL)
                await worker.start()
                found.append(await traffic.away(began))
                await worker.ready()
            flow.cancel()
        return found
    finally:
        await worker.end(signal.SIGKILL)


async def _beside(sizes: Sizes, broker: Broker) -> list[float]:
    """The one that is killed comes back only after the other has taken over."""
    await _fill(broker, "beside.")
    workers = [_worker(broker, "beside.", name, sizes) for name in ("one", "two")]
    for worker in workers:
        await worker.start()
    try:
        for worker in workers:
            await worker.ready()
        async with a_traffic(broker, "beside.", "tape-0") as traffic:
            flow = asyncio.create_task(traffic.flow(PER_SECOND))
            found = []
            for _ in range(sizes.kills):
                await traffic.away(time.perf_counter())
                await asyncio.sleep(QUIET_SECONDS)
                deciding = await _who_decides(workers, traffic)
                began = time.perf_counter()
                await deciding.end(signal.SIGKILL)
                found.append(await traffic.away(began))
                await deciding.start()
                await deciding.ready()
            flow.cancel()
        return found
    finally:
        for worker in workers:
            await worker.end(signal.SIGKILL)


def _worker(broker: Broker, prefix: str, name: str, sizes: Sizes, **more: str) -> RunningRouter:
    """Return a worker; all of a prefix keep their snapshots in one place."""
    folder = sizes.folder / f"{prefix}snapshots"
    settings = {
        "SNAPSHOT_URL": f"file://{folder}",
        "KAFKA_SESSION_TIMEOUT_SECONDS": SESSION_SECONDS,
        "SNAPSHOT_INTERVAL_SECONDS": "5",
        **more,
    }
    return RunningRouter(f"{prefix}{name}", broker, prefix, sizes.folder, **settings)


async def _fill(broker: Broker, prefix: str) -> None:
    """Make the topics, and a log of agents who are all busy and contacts that wait."""
    await router_topics(broker, prefix, 1, by_log=True)
    (floor,) = tapes(1, 0, AGENTS, WAITING)
    assert floor.tape is not None
    async with a_producer(broker) as producer:
        await write(producer, prefix + INPUT, floor.workspace_name, floor.tape)


async def _who_decides(workers: list[RunningRouter], traffic: Traffic) -> RunningRouter:
    before = [await _steps(worker) for worker in workers]
    for _ in range(3):
        await (await traffic.say())
    after = [await _steps(worker) for worker in workers]
    grown = [b - a for a, b in zip(before, after, strict=True)]
    return workers[grown.index(max(grown))]


async def _steps(worker: RunningRouter) -> float:
    async with aiohttp.ClientSession() as session, session.get(worker.metrics_url) as response:
        text = await response.text()
    return sum(float(line.split()[1]) for line in text.splitlines() if line.startswith(STEPS))
