"""How long the router is away when it is killed with kill -9, phase by phase.

    python -m tests.chaos.failover [--kills 5] [--burners 0] [--whole] [--early]

A stack of its own; facts come all the time. `--burners` loads the processors beside it, `--whole`
starts every service instead of the router alone; with `--early` each measured kill comes while the
router is still starting after another. Prints a line for each kill; never fails on a time.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from chassis.testing import eventually
from contact_center.v1 import contact_events_pb2, routing_events_pb2
from local_stack.home import home
from local_stack.run_folders import run_folder
from local_stack.stack import Stack, without_servers
from tests.bench.figures import Figure, publish, quantile

FACTS_PER_SECOND = 100.0
PAUSE_SECONDS = 3.0
EARLY_SECONDS = 5.0
GIVE_UP_SECONDS = 120.0
PHASES = (
    ("started", "router starts"),
    ("log", "connecting to the log"),
    ("join", "joining the group"),
    ("given", "taking partitions over"),
    ("taken", "partitions taken over"),
)
"""A name, and the line of the router's log that ends the phase."""


class Traffic:
    """Facts that come all the time, and the steps that answer them."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._appended: dict[tuple[int, int], float] = {}
        self._waiting: tuple[float, asyncio.Future[float]] | None = None

    async def run(self) -> None:
        """Go on until cancelled."""
        servers = self._stack.kafka_bootstrap_servers
        topic = f"{self._stack.topic_prefix}routing-events.v1"
        producer = AIOKafkaProducer(bootstrap_servers=servers, acks="all", linger_ms=0)
        consumer = AIOKafkaConsumer(topic, bootstrap_servers=servers, auto_offset_reset="latest")
        async with producer, consumer:
            await asyncio.gather(self._write(producer), self._read(consumer))

    async def next_decision(self, since: float) -> float:
        """Return when a fact that was appended after `since` was first answered."""
        self._waiting = (since, asyncio.get_running_loop().create_future())
        async with asyncio.timeout(GIVE_UP_SECONDS):
            return await self._waiting[1]

    async def _write(self, producer: AIOKafkaProducer) -> None:
        topic = f"{self._stack.topic_prefix}contact-events.v1"
        workspace = self._stack.workspace
        for number in range(10**9):
            event = contact_events_pb2.ContactEvent(
                event_id=f"failover-{number}",
                workspace=workspace,
                source="failover",
                desk_heartbeat=contact_events_pb2.DeskHeartbeat(desk_instance="failover"),
            )
            began = time.time()
            found = await producer.send_and_wait(
                topic, event.SerializeToString(), workspace.encode()
            )
            self._appended[found.partition, found.offset] = began
            await asyncio.sleep(1 / FACTS_PER_SECOND)

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        async for record in consumer:
            cause = routing_events_pb2.RoutingStep.FromString(record.value).cause
            appended = self._appended.pop((cause.partition, cause.offset), 0.0)
            if self._waiting is None or appended <= self._waiting[0]:
                continue
            if not self._waiting[1].done():
                self._waiting[1].set_result(time.time())


async def measure(stack: Stack, kills: int, *, is_early: bool) -> list[dict[str, float]]:
    """Kill the router again and again; return the seconds after the kill at which things were."""
    traffic = Traffic(stack)
    task = asyncio.create_task(traffic.run())
    found = []
    try:
        await traffic.next_decision(time.time())
        for number in range(kills):
            await asyncio.sleep(PAUSE_SECONDS)
            if is_early:
                await asyncio.to_thread(stack.parts.kill, "router")
                await asyncio.sleep(EARLY_SECONDS * (number + 1) / kills)
            found.append(await _one(stack, traffic))
            print(number + 1, " ".join(f"{k}={v:.2f}" for k, v in found[-1].items()), flush=True)
    finally:
        task.cancel()
        await asyncio.wait([task])
    return found


async def _one(stack: Stack, traffic: Traffic) -> dict[str, float]:
    log = stack.parts.log_file("router")
    read = log.stat().st_size
    killed = time.time()
    await asyncio.to_thread(stack.parts.kill, "router")
    # Counted from before the signal; but what was still answered meanwhile is no sign of life.
    decided = await traffic.next_decision(time.time())
    await eventually(lambda: b"partitions taken over" in log.read_bytes()[read:])
    lines = [json.loads(line) for line in log.read_bytes()[read:].splitlines()]
    times: dict[str, float] = {}
    for name, message in PHASES:
        at = [line["time"] for line in lines if line["message"] == message]
        if at:
            times[name] = datetime.fromisoformat(at[-1]).timestamp() - killed
    return times | {"decided": decided - killed}


@contextmanager
def burners(count: int) -> Iterator[None]:
    """Keep so many processes busy."""
    running = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def figures(found: list[dict[str, float]]) -> list[Figure]:
    """Return the worst and the middle of each phase; the bound is on the next decision."""
    rows = []
    for name in found[0]:
        values = [times[name] for times in found if name in times]
        rows.append(Figure(figure=f"{name}, middle", value=quantile(values, 0.5), unit="s"))
        bound = 8.0 if name == "decided" else None
        rows.append(Figure(figure=f"{name}, worst", value=max(values), unit="s", must=bound))
    return rows


def main() -> int:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=5)
    options.add_argument("--burners", type=int, default=0)
    options.add_argument("--whole", action="store_true")
    options.add_argument("--early", action="store_true")
    given = options.parse_args()
    with run_folder(home()) as data:
        stack = Stack(
            data,
            environ=without_servers(os.environ),
            services=None if given.whole else ["router"],
            say=lambda line: print(f"   {time.strftime('%X')} {line}", flush=True),
        )
        with stack, burners(given.burners):
            found = uvloop.run(measure(stack, given.kills, is_early=given.early))
    print(f"written to {publish('failover', figures(found))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
