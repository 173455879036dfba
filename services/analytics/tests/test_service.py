"""What a board sees: at once, on a change, after a kill, equal to an independent fold."""

import asyncio
import random
import re
import signal
import time
from collections import Counter, defaultdict

import asyncpg
import grpc
import pytest
from pydantic import SecretStr

from analytics.adapters.checkpoint_store import CheckpointStore
from analytics.app import MIGRATIONS
from analytics.domain import definitions
from analytics.domain.targets import PolicyTargets, Target
from chassis.kafka import FollowConsumer, FromStart
from chassis.postgres import Database
from chassis.testing import eventually, running
from contact_center.v1 import analytics_service_pb2 as pb
from contact_center.v1 import common_pb2
from contact_center.v1 import routing_events_pb2 as r

START_MS = 1_700_000_000_000
VOICE, CHAT = common_pb2.CHANNEL_VOICE, common_pb2.CHANNEL_CHAT


def visit(name: str, queue: str = "billing", channel: int = VOICE) -> dict:
    return {
        "visit_opened": r.VisitOpened(
            visit_id=f"v{name}", contact_id=f"c{name}", queue=queue, channel=channel
        )
    }


def left(name: str, exit_: int, queue: str = "billing", channel: int = VOICE) -> dict:
    return {
        "visit_ended": r.VisitEnded(
            visit_id=f"v{name}", contact_id=f"c{name}", queue=queue, channel=channel, exit=exit_
        )
    }


def foretold(name: str, low: float, high: float) -> dict:
    return {
        "wait_estimated": r.WaitEstimated(
            visit_id=f"v{name}", low_seconds=low, high_seconds=high, coverage=0.8
        )
    }


async def write_a_day(log, chance: random.Random, visits: int, first: int = 0) -> None:
    """Contacts that come, wait, are answered or give up, are handled and end; in log order."""
    events = []
    for number in range(first, first + visits):
        name, channel = str(number), chance.choice([VOICE, CHAT])
        contact, agent = f"c{name}", chance.choice(["ana", "bob"])
        at = START_MS + number * 1500
        wait = chance.randint(0, 60_000)
        opened = r.ContactOpened(contact_id=contact, channel=channel)
        told = [foretold(name, 6, 54)] if number % 3 else []
        events.append((at, [{"contact_opened": opened}, visit(name, channel=channel), *told]))
        if chance.random() < 0.7:
            answer = left(name, r.VISIT_EXIT_ANSWERED, channel=channel)
            began = r.ContactConnected(
                contact_id=contact, agent_id=agent, queue="billing", channel=channel
            )
            events.append((at + wait, [{"contact_connected": began}, answer]))
            cause, after = r.CONTACT_CAUSE_COMPLETED, wait + chance.randint(1000, 90_000)
        else:
            abandoned = left(name, r.VISIT_EXIT_ABANDONED, channel=channel)
            events.append((at + wait, [abandoned]))
            cause, after = r.CONTACT_CAUSE_ABANDONED, wait
        over = r.ContactEnded(contact_id=contact, cause=cause, channel=channel)
        if chance.random() < 0.9:
            events.append((at + after, [{"contact_ended": over}]))
    for at, decisions in sorted(events, key=lambda event: event[0]):
        await log.step(*decisions, stamped_ms=at)


class Independent:
    """Folds the topic with lists and dicts, without the service's code."""

    def __init__(self, workspace: str) -> None:
        self.workspace = workspace
        self.last = 0
        self.now = 0
        self.visits, self.waits, self.exits = {}, defaultdict(list), Counter()
        self.legs, self.handle_ms = {}, []
        self.arrived, self.ended = Counter(), Counter()
        self.promises, self.kept = {}, Counter()

    async def read(self, record) -> None:
        step = r.RoutingStep.FromString(record.value)
        if step.workspace != self.workspace or step.step_number <= self.last:
            return
        self.last = step.step_number
        self.now = max(self.now, step.stamped_at.ToMilliseconds())
        for decision in step.decisions:
            kind = decision.WhichOneof("decision")
            getattr(self, kind, lambda d: None)(getattr(decision, kind))

    def contact_opened(self, d) -> None:
        self.arrived[d.channel] += 1

    def contact_ended(self, d) -> None:
        self.ended[d.channel] += 1
        if d.contact_id in self.legs:
            self.handle_ms.append(self.now - self.legs.pop(d.contact_id))

    def contact_connected(self, d) -> None:
        self.legs[d.contact_id] = self.now

    def visit_opened(self, d) -> None:
        self.visits[d.visit_id] = self.now

    def visit_ended(self, d) -> None:
        name = r.VisitExit.Name(d.exit).removeprefix("VISIT_EXIT_").lower()
        self.exits[name] += 1
        wait = self.now - self.visits.pop(d.visit_id)
        self.waits[name].append(wait)
        if d.visit_id in self.promises:
            low, high = self.promises[d.visit_id]
            late = wait > high * 1000
            if name == "answered":
                self.kept["later" if late else "sooner" if wait < low * 1000 else "in_range"] += 1
            else:
                self.kept["left_later" if late else "left"] += 1

    def wait_estimated(self, d) -> None:
        self.promises[d.visit_id] = (d.low_seconds, d.high_seconds)

    def check(self, numbers: pb.WorkspaceNumbers, target: int, short: int) -> None:
        assert numbers.step_number == self.last
        assert numbers.stamped_at.ToMilliseconds() == self.now
        queue = next(q for q in numbers.queues if q.channel == 0)
        entered = sum(self.exits.values()) + len(self.visits)
        in_time = sum(w <= target * 1000 for w in self.waits["answered"])
        shorts = sum(w <= short * 1000 for w in self.waits["abandoned"])
        undecided = sum(self.now - at <= target * 1000 for at in self.visits.values())
        answered = sorted(self.waits["answered"])
        assert (queue.entered, queue.waiting) == (entered, len(self.visits))
        assert dict(queue.exits) == dict(self.exits)
        assert queue.service_level.cohort == entered - shorts
        assert queue.service_level.lower == in_time / (entered - shorts)
        assert queue.service_level.upper == (in_time + undecided) / (entered - shorts)
        assert queue.asa_seconds == sum(answered) / len(answered) / 1000
        median = answered[-(-len(answered) // 2) - 1] / 1000
        assert median <= queue.asa_median_seconds < median + 1
        assert queue.wait_estimates.told == len(self.promises)
        assert dict(queue.wait_estimates.outcomes) == dict(self.kept)
        assert len(self.kept) >= 4
        missed = self.kept["sooner"] + self.kept["later"]
        share = self.kept["in_range"] / (self.kept["in_range"] + missed)
        assert queue.wait_estimates.coverage == share
        assert queue.handled == len(self.handle_ms)
        assert queue.aht_seconds == sum(self.handle_ms) / len(self.handle_ms) / 1000
        oldest = min(self.visits.values(), default=self.now)
        assert queue.longest_wait_seconds == (self.now - oldest) / 1000
        for channel in numbers.channels:
            assert channel.arrived == self.arrived[channel.channel]
            assert channel.open == channel.arrived - self.ended[channel.channel]


async def fold_of_the_topic(settings, workspace: str) -> Independent:
    fold = Independent(workspace)
    reader = FollowConsumer(settings, ["routing-events.v1"], _valid(fold.read), FromStart())
    async with running(reader):
        await asyncio.wait_for(reader.caught_up(), 30)
    return fold


def _valid(read):
    async def handle(record):
        if not record.value.startswith(b"\xff"):
            await read(record)

    return handle


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


async def test_a_board_sees_the_numbers_at_once_and_then_each_change(analytics, log):
    await log.policy(1, billing=(20, 5))
    request = pb.WatchQueuesRequest(workspace=log.workspace, interval_milliseconds=20)
    watch = analytics.stub.WatchQueues(request)
    first = (await watch.read()).numbers
    await log.step(visit("1"), stamped_ms=START_MS)
    seen = await until(watch, lambda n: n.step_number == 1)
    await log.step(left("1", r.VISIT_EXIT_ANSWERED), stamped_ms=START_MS + 3000)
    last = await until(watch, lambda n: n.step_number == 2)
    watch.cancel()

    assert (first.step_number, list(first.queues)) == (0, [])
    assert [q.waiting for q in seen.queues] == [1, 1]
    assert seen.queues[0].oldest_entered_at.ToMilliseconds() == START_MS
    assert last.queues[0].asa_seconds == 3
    assert last.cause.offset == 1


async def test_a_board_is_told_something_at_least_every_five_seconds(analytics, log):
    request = pb.WatchQueuesRequest(workspace=log.workspace)
    watch = analytics.stub.WatchQueues(request)
    for _ in range(2):
        async with asyncio.timeout(60):
            assert (await watch.read()).numbers.workspace == log.workspace
    watch.cancel()


async def test_a_question_without_a_workspace_or_a_token_is_refused(analytics):
    with pytest.raises(grpc.aio.AioRpcError) as unnamed:
        await analytics.stub.GetQueues(pb.GetQueuesRequest())
    with pytest.raises(grpc.aio.AioRpcError) as watched:
        await analytics.stub.WatchQueues(pb.WatchQueuesRequest()).read()

    assert unnamed.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert watched.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_prometheus_shows_what_the_stream_shows_and_no_agent_ids(analytics, log):
    await log.policy(1, billing=(20, 5))
    agent = r.AgentState(
        agent_id="secret-ana",
        team="first",
        is_routable=True,
        presence=common_pb2.PRESENCE_AVAILABLE,
    )
    await log.step({"agent_state_changed": r.AgentStateChanged(agent=agent)}, stamped_ms=START_MS)
    await write_a_day(log, random.Random(7), 80)
    now_ms = int(time.time() * 1000)
    await log.step(visit("waiting", "sales"), stamped_ms=now_ms - 30_000)
    numbers = await analytics.as_of(log.workspace, log.step_number)
    text = await analytics.scraped()

    def gauge(name: str, **labels: str) -> float:
        wanted = {"workspace": log.workspace, **labels}
        for line in text.splitlines():
            found = re.fullmatch(rf"{name}\{{(.*)\}} (\S+)", line)
            if found and dict(re.findall(r'(\w+)="([^"]*)"', found[1])) == wanted:
                return float(found[2])
        raise AssertionError(f"no {name} {wanted}")

    for queue in numbers.queues:
        channel = common_pb2.Channel.Name(queue.channel)[8:].lower()
        where = {"queue": queue.queue, "channel": channel if queue.channel else "all"}
        level = queue.service_level
        assert gauge("analytics_service_level_lower", **where) == level.lower
        assert gauge("analytics_service_level_upper", **where) == level.upper
        assert gauge("analytics_asa_seconds", **where) == queue.asa_seconds
        assert gauge("analytics_aht_seconds", **where) == queue.aht_seconds
        told = queue.wait_estimates
        assert gauge("analytics_wait_estimates_coverage", **where) == told.coverage
        if queue.channel:
            assert gauge("analytics_wait_estimates_told_total", **where) == told.told
            for outcome, count in told.outcomes.items():
                name = "analytics_wait_estimates_decided_total"
                assert gauge(name, outcome=outcome, **where) == count
            assert gauge("analytics_visits_entered_total", **where) == queue.entered
            assert gauge("analytics_visits_waiting", **where) == queue.waiting
            for exit_, count in queue.exits.items():
                assert gauge("analytics_visits_exited_total", exit=exit_, **where) == count
            assert gauge("analytics_answer_wait_seconds_count", **where) == queue.exits["answered"]
            assert gauge("analytics_handle_seconds_count", **where) == queue.handled
    assert 30 <= gauge("analytics_longest_wait_seconds", queue="sales", channel="all") < 90
    assert gauge("analytics_agents", team="first", state="routable") == 1
    assert gauge("analytics_occupancy", team="first") == 0
    assert "secret-ana" not in text


async def test_garbage_is_parked_and_the_rest_goes_on(analytics, settings, log):
    parked = []

    async def note(record):
        parked.append(record.header("dlq.reason").decode())

    async with running(FollowConsumer(settings, ["routing-events.v1.dlq.analytics"], note)):
        await log.producer.send("routing-events.v1", log.workspace, b"\xff garbage")
        await log.producer.send("routing-events.v1", log.workspace, None)
        await log.producer.send("workspace-policies.v1", log.workspace, b"\xff garbage")
        await log.step(visit("1"), stamped_ms=START_MS)

        numbers = await analytics.as_of(log.workspace, 1)
        await eventually(lambda: len(parked) >= 2)
    assert numbers.queues[0].entered == 1
    assert sorted(parked) == ["bytes that are no RoutingStep", "the record has no value"]


async def test_a_range_that_is_none_is_left_out(analytics, log):
    """Upside down, negative, endless, or no number at all."""
    bad = [(2, 1), (-1, 1), (1, float("inf")), (float("nan"), 1)]
    for number, (low, high) in enumerate(bad):
        told = foretold(str(number), low, high)
        await log.step(visit(str(number)), told, stamped_ms=START_MS)

    numbers = await analytics.as_of(log.workspace, len(bad))
    assert numbers.queues[0].entered == len(bad)
    assert numbers.queues[0].wait_estimates.told == 0


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


async def test_one_workspace_never_sees_another(analytics, log):
    first = log.workspace
    await log.step(visit("1"), stamped_ms=START_MS)
    log.workspace, log.step_number = f"{first}-other", 0
    await log.step(visit("1", "sales"), stamped_ms=START_MS)

    other = await analytics.as_of(log.workspace, 1)
    assert {queue.queue for queue in other.queues} == {"sales"}
    assert {queue.queue for queue in (await analytics.as_of(first, 1)).queues} == {"billing"}


async def until(watch, is_right):
    async with asyncio.timeout(60):
        while True:
            numbers = (await watch.read()).numbers
            if is_right(numbers):
                return numbers


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
