"""kill -9 under traffic: steps 1..n without gap, nothing lost, and a replay says the same bytes."""

import asyncio
import random
from collections import Counter

import pytest

from chassis.testing import eventually

from .judging import all_ended, at_work, first_said, has_more_than, judge, nothing_waits
from .on_kafka import DEAD, a_router, own_topics
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
    async with a_router(kafka, tmp_path, **static) as router, at_work(people):
        for number in range(KILLS):
            for _ in range(40):
                await people.arrive(chance.choice(["billing", "sales"]))
                await asyncio.sleep(chance.expovariate(1 / 0.03))
            await kafka.put(b"main", chance.choice([b"junk", b"", None, JUNK]))
            await kafka.put(chance.choice([None, b"\xff\xfe", b""]), b"junk")
            before = len(await kafka.steps())
            await eventually(lambda: has_more_than(kafka, before + 20), every=0.2)  # noqa: B023
            await eventually(lambda: list(tmp_path.glob("snapshots/main/*.json")))
            await router.kill()
            if number == 2:
                _damage_the_newest_snapshot(tmp_path)
            await router.start()
        await eventually(lambda: all_ended(kafka, people.arrived), within=90, every=1)
        people.stop()
        await eventually(lambda: nothing_waits(kafka), every=0.5)
        await eventually(router.is_up)
        assert await router.end() == 0

    await judge(kafka)
    ends = Counter(
        decision.contact_ended.contact_id
        for step in await first_said(kafka)
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
        at_work(people),
    ):
        for _ in range(30):
            await people.arrive()
            await asyncio.sleep(0.05)
        await eventually(lambda: kafka.steps())
        await one.kill()
        for _ in range(30):
            await people.arrive()
            await asyncio.sleep(0.05)
        await eventually(lambda: all_ended(kafka, people.arrived), every=1)
        people.stop()
        await eventually(lambda: nothing_waits(kafka), every=0.5)
        assert await two.end() == 0

    await judge(kafka)


def _damage_the_newest_snapshot(folder):
    newest = max((folder / "snapshots" / "main").glob("*.json"), default=None)
    assert newest is not None
    newest.write_bytes(newest.read_bytes()[:-100] + b"x" * 100)
