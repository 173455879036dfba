"""`contact-center simulate` of what a real router said on the real broker."""

import asyncio
import json
from dataclasses import fields
from datetime import UTC, datetime

import pytest

from chassis.testing import eventually

from ..on_kafka import a_router, own_topics
from ..people import People
from ..test_replay_on_kafka import command
from .recorded_day import POLICY, the_policy


@pytest.fixture
async def kafka(kafka_bootstrap_servers):
    async with own_topics(kafka_bootstrap_servers) as found:
        yield found


async def test_the_log_on_kafka_comes_out_again_and_under_another_policy(kafka, tmp_path):
    people = People(kafka)
    folder = tmp_path / "router"
    async with a_router(kafka, folder, SNAPSHOTS_KEPT="50") as router:
        rules = the_policy(tmp_path)
        await people.begin(**{f.name: getattr(rules, f.name) for f in fields(rules)})
        work = asyncio.create_task(people.work())
        for _ in range(6):
            await people.arrive()
        await eventually(lambda: list(folder.glob("snapshots/main/*.json")))
        await kafka.put(b"main", b"junk")
        for _ in range(2):
            await people.arrive()
        await eventually(lambda: _ended(kafka, 8), every=0.2)
        people.stop()
        await router.end()
        work.cancel()
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY)
    count = len(await kafka.steps())
    given = ("simulate", "--policy", str(policy), "--replications", "2")

    code, said = await command(kafka, *given)
    assert code == 0, said
    assert f"all {count:,} steps come out again, byte for byte" in said
    assert "careful" not in said
    # From the state that a snapshot holds, too.
    oldest = min((folder / "snapshots/main").glob("*.json"))
    last_stamp = json.loads(oldest.read_bytes().partition(b"\n")[2])["clock"][1]
    begin = datetime.fromtimestamp((last_stamp + 1) / 1000, UTC).isoformat()
    with_snapshots = {"DATA_DIR": str(folder)}
    code, said = await command(kafka, *given, "--from", begin, **with_snapshots)
    assert code == 0, said
    assert "steps come out again, byte for byte" in said
    policy.write_text(POLICY.replace("offer_ring_seconds: 15", "offer_ring_seconds: 16"))
    code, said = await command(kafka, *given, "--json")
    assert code == 0, said
    (billing,) = json.loads(said)["queues"]
    assert (billing["was"]["answered"], billing["would_be"]["answered"]["low"]) == (8, 8)


async def _ended(kafka, count):
    decisions = [d for step in await kafka.steps() for d in step.decisions]
    return sum(d.WhichOneof("decision") == "contact_ended" for d in decisions) == count
