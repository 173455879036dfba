"""How long a router takes to decide again that starts from nothing but its snapshot."""

import time
from collections.abc import Iterator

import uvloop

from router.adapters.snapshots import Snapshot, SnapshotStore
from router.domain.snapshot import dump
from tests.bench.figures import Figure
from tests.bench.router.broker import INPUT, Broker, a_broker, router_topics
from tests.bench.router.lanes import a_producer, tapes, write
from tests.bench.router.programs import RunningRouter
from tests.bench.router.sizes import Sizes
from tests.bench.router.traffic import a_traffic

AGENTS = 500
PREFIX = "cold."


def measure(sizes: Sizes) -> Iterator[Figure]:
    """Yield the seconds from the start of the process."""
    with a_broker(sizes.folder) as broker:
        seconds, size = uvloop.run(_measure(sizes, broker))
    about = f"{sizes.waiting:,} open contacts and {AGENTS} agents"
    yield Figure(
        figure=f"cold start with {about}, process started → first decision",
        value=seconds,
        unit="s",
        must=15.0,
        aim=5.0,
    )
    yield Figure(figure=f"snapshot of {about}", value=size / 2**20, unit="MiB")


async def _measure(sizes: Sizes, broker: Broker) -> tuple[float, int]:
    """Write the log and, in the router's stead, the snapshot of its end."""
    await router_topics(broker, PREFIX, 1, by_log=False)
    (floor,) = tapes(1, 0, AGENTS, sizes.waiting)
    assert floor.tape is not None
    async with a_producer(broker) as producer:
        await write(producer, PREFIX + INPUT, floor.workspace_name, floor.tape)
    folder = sizes.folder / "snapshots"
    snapshot = Snapshot(
        workspace=floor.workspace_name,
        partition=0,
        offset=len(floor.tape) - 1,
        step_number=floor.state.step_number,
        engine_version=floor.state.engine_version,
        state=dump(floor.state),
    )
    SnapshotStore(f"file://{folder}", 1).save(snapshot)
    size = sum(path.stat().st_size for path in folder.rglob("*.json"))
    router = RunningRouter("cold", broker, PREFIX, sizes.folder, SNAPSHOT_URL=f"file://{folder}")
    async with a_traffic(broker, PREFIX, floor.workspace_name) as traffic:
        answered = await traffic.say()
        began = time.perf_counter()
        await router.start()
        try:
            return await answered - began, size
        finally:
            await router.end()
