"""After a kill, a change of definitions, an outage of Postgres: the numbers are what they were."""

import asyncio
import random
import re
import signal

import asyncpg
from pydantic import SecretStr

from analytics.adapters.checkpoint_store import CheckpointStore
from analytics.adapters.following import Following
from analytics.app import MIGRATIONS
from analytics.domain import definitions
from analytics.domain.targets import PolicyTargets, Target
from analytics.handlers import Board
from chassis.kafka import DeadLetters, Producer
from chassis.postgres import Database
from chassis.run import Lifecycle
from chassis.testing import eventually, running
from contact_center.v1 import routing_events_pb2 as r

from .a_day import START_MS, left, visit, write_a_day
from .independent_fold import fold_of_the_topic


async def test_after_kill_9_the_numbers_equal_an_independent_fold_of_the_topic(
    settings, log, ask, process
):
    chance = random.Random(3)
    await log.policy(1, billing=(20, 5))
    await process.start()
    await write_a_day(log, chance, 200)
    await ask.as_of(log.workspace, log.step_number)
    before = log.step_number
    await eventually(lambda: checkpoint_of(settings, log.workspace, before))
    assert await process.end(signal.SIGKILL) == -signal.SIGKILL
    await log.step({"visit_ended": r.VisitEnded(visit_id="v1")}, stamped_ms=0, number=5)
    log.step_number = before
    await write_a_day(log, chance, 100, first=200)
    await process.start()

    numbers = await ask.as_of(log.workspace, log.step_number)
    fold = await fold_of_the_topic(settings, log.workspace)
    fold.check(numbers, target=20, short=5)
    folded = re.search(r"^analytics_steps_total (\S+)", await ask.scraped(), re.M)
    assert 0 < float(folded[1]) <= log.step_number - before


async def test_sigterm_ends_with_0_and_the_last_checkpoint(settings, log, ask, process):
    await process.start()
    await log.step(visit("1"), stamped_ms=START_MS)
    await ask.as_of(log.workspace, 1)

    assert await process.end(signal.SIGTERM) == 0
    assert await checkpoint_of(settings, log.workspace, 1)


async def test_the_end_waits_for_the_checkpoint_under_way(settings, log):
    """What it holds is in nobody's hands but its own."""
    life = Lifecycle(settings)
    database = life.add(Database(settings, "analytics", MIGRATIONS))
    producer = life.add(Producer(settings, "analytics"))
    store = SlowStore(database)
    life.add(Following(settings, Board(), store, DeadLetters(producer, "analytics")))
    work = asyncio.create_task(life.run())
    await log.step(visit("1"), stamped_ms=START_MS)
    await asyncio.wait_for(store.is_saving.wait(), 20)
    life.end()

    assert await asyncio.wait_for(work, 30) == 0
    assert await checkpoint_of(settings, log.workspace, 1)


async def test_a_checkpoint_of_other_definitions_is_folded_again(settings, log, start_analytics):
    await log.policy(1, billing=(20, 5))
    async with start_analytics(settings) as ask:
        await write_a_day(log, random.Random(5), 30)
        first = await ask.as_of(log.workspace, log.step_number)
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    await connection.execute("UPDATE analytics.checkpoints SET definitions = 'old', state = '{}'")
    await connection.execute("UPDATE analytics.positions SET definitions = 'old'")
    await connection.close()
    async with start_analytics(settings) as ask:
        again = await ask.as_of(log.workspace, log.step_number)

    assert again == first
    assert again.definitions_version == definitions.VERSION


async def test_a_policy_that_the_topic_forgot_still_judges_its_visits(
    settings, log, start_analytics
):
    """Version 1 is only in the database: the topic was compacted since it was seen."""
    target = Target(target_seconds=20, target_share=0.8, short_abandon_seconds=5)
    forgotten = PolicyTargets(version=1, queues={"billing": target}, slots={"chat": 2})
    async with running(Database(settings, "analytics", MIGRATIONS)) as database:
        store = CheckpointStore(database)
        await store.save([], {}, [(log.workspace, forgotten)])
        assert await store.load_targets() == [(log.workspace, forgotten)]
    await log.policy(2, billing=(60, 5))
    async with start_analytics(settings) as ask:
        await log.step(visit("1"), stamped_ms=START_MS, policy=1)
        answered = left("1", r.VISIT_EXIT_ANSWERED)
        await log.step(answered, stamped_ms=START_MS + 40_000, policy=2)
        await ask.as_of(log.workspace, 2)
        await eventually(lambda: target_of(ask, log.workspace, 60))

        level = (await ask.numbers(log.workspace)).queues[0].service_level
        assert (level.lower, level.upper, level.cohort) == (0, 0, 1)


async def test_while_postgres_is_away_the_numbers_go_on_and_the_checkpoint_follows(
    settings, log, start_analytics, make_gate
):
    url = settings.database_url.get_secret_value()
    host, port = url.rsplit("@", 1)[1].split("/")[0].split(":")
    gate = make_gate(host, int(port))
    await gate.open()
    through = SecretStr(url.replace(f"@{host}:{port}/", f"@127.0.0.1:{gate.port}/"))
    async with start_analytics(settings.model_copy(update={"database_url": through})) as ask:
        await gate.shut()
        await log.step(visit("1"), stamped_ms=START_MS)
        assert (await ask.as_of(log.workspace, 1)).queues[0].waiting == 1
        failed = r'^analytics_checkpoints_total{outcome="failed"} [1-9]'

        async def has_failed():
            return re.search(failed, await ask.scraped(), re.M)

        await eventually(has_failed)
        await gate.open()
        await eventually(lambda: checkpoint_of(settings, log.workspace, 1))
    await gate.shut()


class SlowStore(CheckpointStore):
    """Takes its time before it writes."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.is_saving = asyncio.Event()

    async def save(self, folds, positions, targets) -> None:
        self.is_saving.set()
        await asyncio.sleep(0.5)
        await super().save(folds, positions, targets)


async def target_of(ask, workspace: str, seconds: float) -> bool:
    numbers = await ask.numbers(workspace)
    return bool(numbers.queues) and (numbers.queues[0].service_level.target_seconds == seconds)


async def checkpoint_of(settings, workspace: str, step_number: int) -> bool:
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    query = "SELECT step_number FROM analytics.checkpoints WHERE workspace = $1"
    try:
        return await connection.fetchval(query, workspace) == step_number
    except asyncpg.UndefinedTableError:
        return False
    finally:
        await connection.close()
