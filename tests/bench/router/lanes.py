"""Programs that are given the same records in turns: written while they sleep, timed from waking.

So neither the writing nor another program takes processor time of the one that is timed; the
broker's own stamps say when it was through.
"""

import asyncio
import signal
from collections.abc import Iterator
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer

from contact_center.v1 import routing_events_pb2
from tests.bench.router.broker import OUTPUT, Broker, Ends
from tests.bench.router.floor import Floor
from tests.bench.router.programs import Running

Taped = tuple[int, bytes]
THROUGH_SECONDS = 120.0
LOOK_SECONDS = 0.02
TAIL = 100
SETTLE_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A program with its topics. A router says its steps for other workspaces meanwhile, too."""

    program: Running
    source: str
    target: str

    @property
    def is_router(self) -> bool:
        """Tell whether steps come out, rather than what went in."""
        return self.target.endswith(OUTPUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Records per second from the tape's mark on, and processor time per record of all of it."""

    per_second: float
    processor_microseconds: float


def tapes(count: int, records: int, agents: int, waiting: int, gap: int = 1) -> Iterator[Floor]:
    """Yield floors with a tape each, in a workspace of its own; from its mark on, all are busy."""
    for number in range(count):
        floor = Floor(agents, workspace=f"tape-{number}", seed=number, gap_milliseconds=gap)
        floor.tape = []
        floor.open()
        floor.fill(waiting)
        floor.mark = len(floor.tape)
        floor.drive(records, waiting)
        yield floor


async def write(
    producer: AIOKafkaProducer, topic: str, key: str, tape: list[Taped], partition: int = 0
) -> None:
    """Append a tape, and return when the broker has it."""
    for stamp, value in tape:
        await producer.send(topic, value, key.encode(), partition, timestamp_ms=stamp)
    await producer.flush()


def a_producer(broker: Broker) -> AIOKafkaProducer:
    """Return one that writes a tape quickly."""
    return AIOKafkaProducer(
        bootstrap_servers=broker.bootstrap_servers, linger_ms=5, max_batch_size=262_144
    )


async def flat_out(lane: Lane, floor: Floor, producer: AIOKafkaProducer, ends: Ends) -> Pace:
    """Let the lane's program go through the tape as fast as it can."""
    assert floor.tape is not None
    await asyncio.sleep(SETTLE_SECONDS)
    before = await ends.end(lane.target)
    lane.program.send(signal.SIGSTOP)
    await write(producer, lane.source, floor.workspace_name, floor.tape)
    spent = lane.program.processor_seconds()
    lane.program.send(signal.SIGCONT)
    last = await _through(lane, floor, before + len(floor.tape), ends)
    first = await ends.tail(lane.target, before + floor.mark - 1, most=1)
    spent = lane.program.processor_seconds() - spent
    return Pace(
        per_second=(len(floor.tape) - floor.mark) / (last - first[0].timestamp) * 1e3,
        processor_microseconds=spent / len(floor.tape) * 1e6,
    )


async def _through(lane: Lane, floor: Floor, end: int, ends: Ends) -> float:
    """Return the broker's stamp of the last answer."""
    async with asyncio.timeout(THROUGH_SECONDS):
        while True:
            reached = await ends.end(lane.target)
            if reached >= end:
                for record in reversed(await ends.tail(lane.target, max(end, reached) - TAIL)):
                    if not lane.is_router or _is_last(record.value, floor):
                        return float(record.timestamp)
            await asyncio.sleep(LOOK_SECONDS)


def _is_last(value: bytes, floor: Floor) -> bool:
    step = routing_events_pb2.RoutingStep.FromString(value)
    is_last = step.workspace == floor.workspace_name
    is_last &= step.step_number == floor.state.step_number
    if is_last and [bytes(d.SerializeToString()) for d in step.decisions] != floor.last_said:
        raise AssertionError(f"the router said something else in step {step.step_number}")
    return is_last
