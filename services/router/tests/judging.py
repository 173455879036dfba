"""What a run of routers on Kafka must have said, and when it is over."""

import asyncio
from contextlib import asynccontextmanager

from aiokafka.partitioner import DefaultPartitioner

from contact_center.v1 import contact_events_pb2, routing_events_pb2
from router.adapters.codec import decode, encode_step
from router.adapters.log_reader import raw_of
from router.handlers.partition import Decision, Partition

from .on_kafka import INPUT, OUTPUT, PARTITIONS


@asynccontextmanager
async def at_work(people):
    tasks = [asyncio.create_task(work) for work in (people.work(), people.heartbeats())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def has_more_than(kafka, count):
    return len(await kafka.steps()) > count


async def all_ended(kafka, contact_ids):
    ended = {
        decision.contact_ended.contact_id
        for step in await kafka.steps()
        for decision in step.decisions
        if decision.WhichOneof("decision") == "contact_ended"
    }
    return set(contact_ids) <= ended


async def nothing_waits(kafka):
    """Every record of the workspace has its step."""
    offsets = {r.offset for r in await kafka.read(INPUT) if r.key == b"main"}
    steps = {step.cause.offset for step in await kafka.steps()}
    return offsets <= steps


async def first_said(kafka):
    steps = {}
    for step in await kafka.steps():
        steps.setdefault(step.step_number, step)
    return [steps[number] for number in sorted(steps)]


async def judge(kafka):
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
