"""kill -9 under traffic: steps 1..n without gap, nothing lost, and a replay says the same bytes."""

import asyncio
import random
from collections import Counter
from contextlib import asynccontextmanager

import pytest
from aiokafka.partitioner import DefaultPartitioner

from chassis.testing import eventually
from contact_center.v1 import contact_events_pb2, routing_events_pb2
from router.adapters.codec import decode, encode_step
from router.adapters.log_reader import raw_of
from router.handlers.partition import Decision, Partition

from .on_kafka import DEAD, INPUT, OUTPUT, PARTITIONS, a_router, own_topics
from .people import People

KILLS = 5
JUNK = random.Random(3).randbytes(900_000)


@pytest.fixture
async def kafka(kafka_bootstrap_servers):
    async with own_topics(kafka_bootstrap_servers) as found:
        yield found


async def test_a_router_that_is_killed_again_and_again_loses_and_repeats_nothing(kafka, tmp_path):
    chance = random.Random(11)
    people = People(kafka)
    await people.begin()
    static = {"INSTANCE_ID": "router-0", "KAFKA_STATIC_MEMBERSHIP": "true"}
    async with a_router(kafka, tmp_path, **static) as router, _at_work(people):
        for number in range(KILLS):
            for _ in range(40):
                await people.arrive(chance.choice(["billing", "sales"]))
                await asyncio.sleep(chance.expovariate(1 / 0.03))
            await kafka.put(b"main", chance.choice([b"junk", b"", None, JUNK]))
            await kafka.put(chance.choice([None, b"\xff\xfe", b""]), b"junk")
            before = len(await kafka.steps())
            await eventually(lambda: _has_more_than(kafka, before + 20), within=30, every=0.2)  # noqa: B023
            await eventually(lambda: list(tmp_path.glob("snapshots/main/*.json")))
            await router.kill()
            if number == 2:
                _damage_the_newest_snapshot(tmp_path)
            await router.start()
        await eventually(lambda: _all_ended(kafka, people.arrived), within=90, every=1)
        people.stop()
        await eventually(lambda: _nothing_waits(kafka), within=60, every=0.5)
        assert await router.end() == 0

    await _judge(kafka)
    ends = Counter(
        decision.contact_ended.contact_id
        for step in await _first_said(kafka)
        for decision in step.decisions
        if decision.WhichOneof("decision") == "contact_ended"
    )
    assert ends == Counter(people.arrived)
    assert len(await kafka.read(DEAD)) == KILLS
    assert any("snapshot is damaged" in line for line in router.log.read_text().splitlines())


async def test_another_worker_goes_on_where_the_killed_one_stopped(kafka, tmp_path):
    people = People(kafka)
    await people.begin()
    async with (
        a_router(kafka, tmp_path / "one") as one,
        a_router(kafka, tmp_path / "two") as two,
        _at_work(people),
    ):
        for _ in range(30):
            await people.arrive()
            await asyncio.sleep(0.05)
        await eventually(lambda: kafka.steps(), within=20)
        await one.kill()
        for _ in range(30):
            await people.arrive()
            await asyncio.sleep(0.05)
        await eventually(lambda: _all_ended(kafka, people.arrived), within=60, every=1)
        people.stop()
        await eventually(lambda: _nothing_waits(kafka), within=60, every=0.5)
        assert await two.end() == 0

    await _judge(kafka)


@asynccontextmanager
async def _at_work(people):
    tasks = [asyncio.create_task(work) for work in (people.work(), people.heartbeats())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _has_more_than(kafka, count):
    return len(await kafka.steps()) > count


def _damage_the_newest_snapshot(folder):
    newest = max((folder / "snapshots" / "main").glob("*.json"), default=None)
    assert newest is not None
    newest.write_bytes(newest.read_bytes()[:-100] + b"x" * 100)


async def _all_ended(kafka, contact_ids):
    ended = {
        decision.contact_ended.contact_id
        for step in await kafka.steps()
        for decision in step.decisions
        if decision.WhichOneof("decision") == "contact_ended"
    }
    return set(contact_ids) <= ended


async def _nothing_waits(kafka):
    """Every record of the workspace has its step."""
    offsets = {r.offset for r in await kafka.read(INPUT) if r.key == b"main"}
    steps = {step.cause.offset for step in await kafka.steps()}
    return offsets <= steps


async def _first_said(kafka):
    steps = {}
    for step in await kafka.steps():
        steps.setdefault(step.step_number, step)
    return [steps[number] for number in sorted(steps)]


async def _judge(kafka):
    said = {}
    last = 0
    for record in await kafka.read(OUTPUT):
        step = routing_events_pb2.RoutingStep.FromString(record.value)
        if step.step_number in said:
            assert said[step.step_number] == record.value, "a repeat has the same bytes"
            continue
        assert step.step_number == last + 1, "1..n without gap"
        last = step.step_number
        said[last] = record.value
    records = await kafka.read(INPUT)
    choose = DefaultPartitioner()
    numbers = list(range(PARTITIONS))
    replayed = []
    for number in numbers:
        partition = Partition(
            number, decode, lambda key, n=number: choose(key, numbers, numbers) == n
        )
        for record in records:
            if record.partition == number:
                outcome = partition.take(raw_of(record))
                if isinstance(outcome, Decision):
                    replayed.append(encode_step(outcome.step))
    assert replayed == [said[number] for number in sorted(said)], "a replay says the same bytes"
    inputs = [r for r in records if r.key == b"main"]
    assert len(inputs) == len(said), "one step for each record"
    events = [contact_events_pb2.ContactEvent.FromString(r.value) for r in inputs if _is_event(r)]
    assert events
    print(f"{len(inputs)} records, {len(said)} steps, {len(await kafka.read(OUTPUT))} said")


def _is_event(record):
    return bool(record.value) and len(record.value) < 10_000 and record.value != b"junk"
