"""The commands replay and record against what a real router said on the real broker."""

import asyncio
import os
import sys

import pytest

from chassis.testing import eventually
from contact_center.v1 import routing_events_pb2

from .on_kafka import OUTPUT, a_router, own_topics
from .people import People


@pytest.fixture
async def kafka(kafka_bootstrap_servers):
    async with own_topics(kafka_bootstrap_servers) as found:
        yield found


async def test_what_a_router_said_is_replayed_from_kafka_a_file_and_its_snapshots(kafka, tmp_path):
    people = People(kafka)
    folder = tmp_path / "router"
    log = tmp_path / "day.log.xz"
    async with a_router(kafka, folder) as router:
        await people.begin()
        work = asyncio.create_task(people.work())
        for _ in range(10):
            await people.arrive()
        await kafka.put(b"main", b"junk")
        await kafka.put(b"nobody-knows-me", b"junk")
        await eventually(lambda: _ended(kafka, 10), every=0.2)
        await eventually(lambda: list(folder.glob("snapshots/main/*.json")))
        people.stop()
        await asyncio.sleep(0)
        await router.end()
        work.cancel()
    count = len(await kafka.steps())
    environment = {"ROUTER_DATA_DIR": str(folder)}

    code, said = await command(kafka, "replay", "--through-snapshots", "20", **environment)
    assert code == 0, said
    assert f"{count:,} steps byte for byte the same" in said
    code, said = await command(kafka, "replay", "--from-snapshot", "auto", **environment)
    assert "from the snapshot at offset" in said
    code, said = await command(kafka, "record", "--to", str(log), "--note", "a test")
    assert code == 0, said
    code, said = await command(kafka, "replay", "--log", str(log))
    assert code == 0, said
    assert f"{count:,} steps byte for byte the same" in said

    await _say_otherwise(kafka, 5)
    code, said = await command(kafka, "replay", **environment)
    assert code == 1
    assert "first difference: step 5 was said a second time with other bytes" in said
    code, said = await command(kafka, "replay", "--workspace", "unheard-of")
    assert (code, said.strip()) == (1, "workspace 'unheard-of' has no such records")


async def command(kafka, *arguments: str, **environment: str) -> tuple[int, str]:
    """Run a verb as its own process; return exit code and output."""
    module = f"from router.adapters.commands.{arguments[0]} import main; import sys; sys.exit(main"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", f"{module}(sys.argv[1:]))", *arguments[1:]),
        env=os.environ
        | {"KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers, "TOPIC_PREFIX": kafka.prefix}
        | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(60):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    return process.returncode or 0, output.decode()


async def _ended(kafka, count):
    ended = [
        decision
        for step in await kafka.steps()
        for decision in step.decisions
        if decision.WhichOneof("decision") == "contact_ended"
    ]
    return len(ended) == count


async def _say_otherwise(kafka, number):
    record = next(
        record
        for record in await kafka.read(OUTPUT)
        if routing_events_pb2.RoutingStep.FromString(record.value).step_number == number
    )
    step = routing_events_pb2.RoutingStep.FromString(record.value)
    step.policy_version += 1
    await kafka.producer.send_and_wait(
        kafka.prefix + OUTPUT, step.SerializeToString(), record.key, partition=record.partition
    )
