"""The worker with the real engine, flat out, beside a naive Faust echo and a plain loop."""

from collections.abc import Iterator
from contextlib import AsyncExitStack
from statistics import median

import uvloop

from chassis.kafka import TopicSpec
from tests.bench.figures import Figure
from tests.bench.router.broker import BY_LOG, INPUT, OUTPUT, Broker, Ends, a_broker, make_topics
from tests.bench.router.broker import router_topics as make_router_topics
from tests.bench.router.lanes import Lane, Pace, a_producer, flat_out, tapes
from tests.bench.router.programs import Running, RunningRouter, an_echo
from tests.bench.router.sizes import Sizes

AGENTS, WAITING = 500, 1_000
ROUTER, NAIVE, PLAIN = "router", "faust_echo", "plain_loop"
NAMES = {
    ROUTER: "worker with the real engine",
    NAIVE: "Faust echo, an acknowledgement awaited per event",
    PLAIN: "plain consume-and-produce loop",
}


def measure(sizes: Sizes) -> Iterator[Figure]:
    """Yield records per second of each, processor time per record, and the ratios."""
    with a_broker(sizes.folder) as broker:
        paces = uvloop.run(_rounds(sizes, broker))
    for kind, must, aim in ((NAIVE, 2.0, 4.0), (PLAIN, None, None)):
        speed = median(pace.per_second for pace in paces[kind])
        floor = Figure(figure=f"{NAMES[kind]}, flat out", value=speed, unit="records/s")
        pairs = list(zip(paces[ROUTER], paces[kind], strict=True))
        yield floor
        yield Figure(
            figure=f"{NAMES[ROUTER]}, {AGENTS} agents, log in → steps out, flat out",
            value=median(pace.per_second for pace in paces[ROUTER]),
            unit="records/s",
            relative_to=floor.figure,
            ratio=median(ours.per_second / theirs.per_second for ours, theirs in pairs),
            must=must,
            aim=aim,
            is_more_better=True,
        )
    for kind, rounds in paces.items():
        yield Figure(
            figure=f"{NAMES[kind]}: processor time per record",
            value=median(pace.processor_microseconds for pace in rounds),
            unit="µs",
        )


async def lanes(broker: Broker, sizes: Sizes, open_parts: AsyncExitStack) -> list[Lane]:
    """Start the three programs on topics of their own."""
    found = [Lane(program=await _router(broker, sizes), source=f"r.{INPUT}", target=f"r.{OUTPUT}")]
    for kind in (NAIVE, PLAIN):
        prefix = f"{kind}."
        topics = [TopicSpec("in", 1, config=BY_LOG), TopicSpec("out", 1, config=BY_LOG)]
        await make_topics(broker, prefix, topics)
        echo = an_echo(kind, broker, prefix, sizes.folder)
        found.append(Lane(program=echo, source=f"{prefix}in", target=f"{prefix}out"))
    for lane in found:
        await lane.program.start()
        open_parts.push_async_callback(lane.program.end)
        await lane.program.ready()
    return found


async def _router(broker: Broker, sizes: Sizes) -> Running:
    await make_router_topics(broker, "r.", 1, by_log=False)
    return RunningRouter(ROUTER, broker, "r.", sizes.folder)


async def _rounds(sizes: Sizes, broker: Broker) -> dict[str, list[Pace]]:
    paces: dict[str, list[Pace]] = {ROUTER: [], NAIVE: [], PLAIN: []}
    async with AsyncExitStack() as open_parts:
        producer = a_producer(broker)
        await producer.start()
        open_parts.push_async_callback(producer.stop)
        ends = await open_parts.enter_async_context(Ends(broker))
        three = await lanes(broker, sizes, open_parts)
        for floor in tapes(sizes.rounds, sizes.records, AGENTS, WAITING):
            for lane in three:
                paces[lane.program.name].append(await flat_out(lane, floor, producer, ends))
    return paces
