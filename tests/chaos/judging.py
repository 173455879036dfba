"""What must hold when the faults have stopped: from the topics, a replay, and the offsets."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.partitioner import DefaultPartitioner

from contact_center.v1 import routing_events_pb2
from local_stack.stack import Stack
from router.adapters.codec import decode, encode_step
from router.adapters.snapshots import SnapshotStore
from router.domain.deadline_of import dates
from router.domain.snapshot import load
from router.handlers.partition import Decision, Partition, Raw
from tests.e2e.fold import Finding
from tests.e2e.topics_reader import Read, parse, read_topic

DRAIN_SECONDS = 60.0
"""I9's bound: the one time that may fail a run."""
TIMERS_EVERY = 10
"""Records of a partition between two looks at all deadlines."""


@dataclass(slots=True)
class Replayed:
    """What a replay of the whole log found."""

    records: int = 0
    steps: int = 0
    said: int = 0
    repeated: int = 0
    last: int = 0
    snapshots: int = 0
    findings: list[Finding] = field(default_factory=list)


async def replay(stack: Stack) -> Replayed:
    """I8: the log through the engine from its start says the same bytes. I12: timers for all."""
    servers, prefix = stack.kafka_bootstrap_servers, stack.topic_prefix
    # In this order, so that every step that was read has its record; the log goes on meanwhile.
    outputs = await read_topic(servers, f"{prefix}routing-events.v1")
    log = await read_topic(servers, f"{prefix}contact-events.v1")
    found = Replayed(records=len(log))
    said = _first_said(found, outputs)
    found.last = max((number for _, number in said), default=0)
    numbers = list(range(1 + max(record.partition for record in log)))
    left = dict(said)
    for number in numbers:
        own = [record for record in log if record.partition == number]
        partition = _new(number, numbers)
        for number_of_record, record in enumerate(own):
            _apply(found, partition, record, said, left)
            if number_of_record % TIMERS_EVERY == 0:
                judge_timers(found, partition)
        judge_timers(found, partition)
        _replay_from_snapshots(found, stack, _new(number, numbers), own, said)
    for workspace, step_number in sorted(left):
        found.findings.append(("I8", f"{workspace} step {step_number} is said, not replayed"))
    return found


def _new(number: int, numbers: list[int]) -> Partition:
    choose = DefaultPartitioner()
    return Partition(number, decode, lambda key: choose(key, numbers, numbers) == number)


def _replay_from_snapshots(
    found: Replayed,
    stack: Stack,
    partition: Partition,
    log: list[Read],
    said: dict[tuple[str, int], bytes],
) -> None:
    """The newest snapshots of the first router lead to the same bytes as the whole log."""
    folder = stack.data / "services" / "router" / "snapshots"
    snapshots = SnapshotStore(f"file://{folder}", kept=1).newest(partition.number)
    found.snapshots += len(snapshots)
    partition.restore((load(snapshot.state), snapshot.offset) for snapshot in snapshots)
    if not snapshots:
        return
    again = Replayed(last=found.last)
    for record in log:
        if record.offset > partition.position:
            _apply(again, partition, record, said, {})
    found.findings += again.findings


def _first_said(found: Replayed, outputs: list[Read]) -> dict[tuple[str, int], bytes]:
    """Return each step once, as its readers see it: what is not greater is dropped."""
    said: dict[tuple[str, int], bytes] = {}
    for record in outputs:
        step = parse(record, routing_events_pb2.RoutingStep)
        if step is None or not step.workspace or step.workspace.encode() != record.key:
            continue
        found.said += 1
        number = (step.workspace, step.step_number)
        if number in said:
            found.repeated += 1
        said.setdefault(number, record.value or b"")
    return said


def _apply(
    found: Replayed,
    partition: Partition,
    record: Read,
    said: dict[tuple[str, int], bytes],
    left: dict[tuple[str, int], bytes],
) -> None:
    outcome = partition.take(
        Raw(
            offset=record.offset,
            stamp=record.timestamp_ms,
            key=record.key or b"",
            value=record.value or b"",
            headers=record.headers,
        )
    )
    if not isinstance(outcome, Decision):
        return
    found.steps += 1
    number = (outcome.step.workspace, outcome.step.step_number)
    left.pop(number, None)
    bytes_said = said.get(number)
    if bytes_said is None and number[1] <= found.last:
        found.findings.append(("I1", f"step {number} was never said"))
    elif bytes_said is not None and bytes_said != encode_step(outcome.step):
        found.findings.append(("I8", f"step {number} replays to other bytes"))


def judge_timers(found: Replayed, partition: Partition) -> None:
    """I12: each state has a deadline, the earliest of all is the next to wake, none was missed."""
    for name, engine in partition.engines.items():
        ws = engine.workspace
        first = min(ws.deadlines(), default=None)
        due = None if first is None else first.due
        date = min(dates(ws), default=None)
        is_kept = ws.dates.next_due() == (None if date is None else date.due)
        if due == 0 or ws.timers.next_due() != due or not is_kept:
            found.findings.append(
                ("I12", f"{name} step {ws.step_number}: {first} or {date} is not armed")
            )
        elif due is not None and due <= ws.clock.now:
            found.findings.append(("I12", f"{name} step {ws.step_number}: {first} was missed"))


def mails_sent_twice(stack: Stack) -> list[Finding]:
    """I13, seen by who gets the mails: each Message-ID arrives once."""
    parser = BytesHeaderParser()
    ids = Counter(
        str(parser.parsebytes(path.read_bytes())["Message-ID"])
        for path in stack.mails.glob("*.eml")
    )
    return [("I13", f"mail {name} arrived {n} times") for name, n in ids.items() if n > 1]


async def drained(stack: Stack) -> list[Finding]:
    """I9: every group commits up to where the topics ended just now, within 60 s."""
    servers = stack.kafka_bootstrap_servers
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False)
    await admin.start()
    await consumer.start()
    try:
        groups = [name for name, _ in await admin.list_consumer_groups()]
        offsets = {name: await admin.list_consumer_group_offsets(name) for name in groups}
        places = sorted({place for found in offsets.values() for place in found})
        ends = await consumer.end_offsets(places)
        until = time.monotonic() + DRAIN_SECONDS
        while late := _behind(offsets, ends):
            if time.monotonic() > until:
                return [("I9", sentence) for sentence in late]
            await asyncio.sleep(0.5)
            offsets = {name: await admin.list_consumer_group_offsets(name) for name in groups}
        return []
    finally:
        await consumer.stop()
        await admin.close()


def _behind(
    offsets: dict[str, dict[TopicPartition, object]], ends: dict[TopicPartition, int]
) -> list[str]:
    return [
        f"{group} is at {committed.offset} of {ends[place]} in {place.topic} {place.partition}"  # type: ignore[attr-defined]
        for group, found in offsets.items()
        for place, committed in found.items()
        if 0 <= committed.offset < ends.get(place, 0)  # type: ignore[attr-defined]
    ]
