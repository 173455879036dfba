"""What an analytics tells: metrics like its stream, in spite of garbage, of one workspace only."""

import random
import re
import time

from chassis.kafka import FollowConsumer
from chassis.testing import eventually, running
from contact_center.v1 import common_pb2
from contact_center.v1 import routing_events_pb2 as r

from .a_day import START_MS, foretold, visit, write_a_day


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


async def test_one_workspace_never_sees_another(analytics, log):
    first = log.workspace
    await log.step(visit("1"), stamped_ms=START_MS)
    log.workspace, log.step_number = f"{first}-other", 0
    await log.step(visit("1", "sales"), stamped_ms=START_MS)

    other = await analytics.as_of(log.workspace, 1)
    assert {queue.queue for queue in other.queues} == {"sales"}
    assert {queue.queue for queue in (await analytics.as_of(first, 1)).queues} == {"billing"}
