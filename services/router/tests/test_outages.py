"""Workers that freeze, share the partitions, and wait for a broker that is away."""

import asyncio
import json
import os
import signal
import sys
from collections import Counter

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from chassis.testing import eventually
from contact_center.v1 import contact_events_pb2, routing_events_pb2
from local_stack.home import home
from local_stack.infrastructure import Infrastructure, InfrastructurePorts
from local_stack.ports import free_ports
from local_stack.run_folders import run_folder
from local_stack.stack import without_servers
from local_stack.supervisor import Supervisor
from router.adapters.codec import decode
from router.domain.steering_facts import ClockTicked
from router.domain.versions import NEWEST

from .judging import all_ended, at_work, first_said, judge, nothing_waits
from .on_kafka import INPUT, OUTPUT, a_router, own_topics
from .people import People
from .workspaces import a_policy

OUTAGE_SECONDS = 20.0
WORKSPACES = [f"w{number}" for number in range(12)]
E_ = contact_events_pb2
UNDELIVERED = routing_events_pb2.WITHDRAWN_BECAUSE_UNDELIVERED


@pytest.fixture
async def kafka(kafka_bootstrap_servers):
    async with own_topics(kafka_bootstrap_servers) as found:
        yield found


@pytest.fixture
def broker():
    """A broker of its own under a supervisor, to be taken away."""
    port, controller, postgres = free_ports(3)
    ports = InfrastructurePorts(kafka=port, kafka_controller=controller, postgres=postgres)
    with run_folder(home()) as data:
        # Only the broker: a database is named, so none is started.
        environ = without_servers(os.environ) | {"DATABASE_URL": "postgresql://nobody@127.0.0.1/no"}
        found = Infrastructure(data, home=home(), ports=ports, environ=environ)
        supervisor = Supervisor(data / "run")
        try:
            found.start(supervisor)
            yield found.kafka_bootstrap_servers, supervisor
        finally:
            supervisor.stop_all()


async def test_what_a_frozen_worker_says_when_it_wakes_up_changes_nothing(kafka, tmp_path):
    """SIGSTOP for longer than the session: another takes over, then there are two for a moment."""
    people = People(kafka)
    await people.begin()
    async with (
        a_router(kafka, tmp_path / "old") as old,
        a_router(kafka, tmp_path / "new") as new,
        at_work(people),
    ):
        await _arrivals(people, 20)
        await eventually(lambda: all_ended(kafka, people.arrived), every=0.5)
        owner, other = (old, new) if _owns(old, await _partition(kafka)) else (new, old)
        taken = len(_taken_over(other))
        owner.process.send_signal(signal.SIGSTOP)
        arriving = asyncio.create_task(_arrivals(people, 60))
        await eventually(lambda: len(_taken_over(other)) > taken)
        await arriving
        owner.process.send_signal(signal.SIGCONT)
        await _arrivals(people, 20)
        await eventually(lambda: all_ended(kafka, people.arrived), every=1)
        people.stop()
        await eventually(lambda: nothing_waits(kafka), every=0.5)

    await judge(kafka)


async def test_no_offer_is_withdrawn_that_nobody_could_have_seen(kafka, tmp_path):
    """The router is away for longer than an offer has to be delivered; then it works it off."""
    people = People(kafka)
    await kafka.say(engine_version_activated=E_.EngineVersionActivated(engine_version=NEWEST))
    await people.begin()
    async with a_router(kafka, tmp_path) as router, at_work(people):
        await _arrivals(people, 5)
        await eventually(lambda: all_ended(kafka, people.arrived), every=0.5)
        await router.kill()
        await _arrivals(people, 15)
        await eventually(lambda: _unanswered_seconds(kafka), every=0.5)
        await router.start()
        await eventually(lambda: all_ended(kafka, people.arrived), every=0.5)
        people.stop()
        await eventually(lambda: nothing_waits(kafka), every=0.5)

    await judge(kafka)
    assert await _withdrawn_before_they_were_said(kafka) == []


async def test_what_a_recovery_applied_is_committed(kafka, tmp_path):
    """Or a partition that is quiet from then on would lag by it for ever."""
    await _heartbeats(kafka, 1)
    async with a_router(kafka, tmp_path):
        await eventually(lambda: _everything_is_committed(kafka), every=0.5)


async def test_two_live_workers_share_the_workspaces_and_hand_them_over(kafka, tmp_path):
    async with a_router(kafka, tmp_path / "one") as one:
        await _heartbeats(kafka, 5)
        async with a_router(kafka, tmp_path / "two") as two:
            await eventually(lambda: _last(one) and _last(two))
            shared = _last(one) + _last(two)
            await _heartbeats(kafka, 10)
            assert await two.end() == 0
        await eventually(lambda: len(_last(one)) == 4)
        await _heartbeats(kafka, 5)
        await eventually(lambda: _everything_is_said(kafka, 20), every=0.5)
        await eventually(lambda: _everything_is_committed(kafka), every=0.5)

    assert sorted(shared) == [0, 1, 2, 3]
    for workspace in WORKSPACES:
        steps = await kafka.steps(workspace)
        numbers = list(dict.fromkeys(step.step_number for step in steps))
        assert numbers == list(range(1, len(numbers) + 1)), workspace


@pytest.mark.full
async def test_an_outage_of_the_broker_makes_nobody_not_responding(broker, tmp_path):
    """A frozen broker holds what was sent to it; a killed one forgets its connections: both."""
    servers, supervisor = broker
    async with own_topics(servers) as kafka:
        people = People(kafka)
        await people.begin()
        async with a_router(kafka, tmp_path) as router, at_work(people):
            await _arrivals(people, 20)
            await eventually(lambda: all_ended(kafka, people.arrived), every=0.5)
            supervisor.pause("kafka")
            await asyncio.sleep(OUTAGE_SECONDS)
            supervisor.resume("kafka")
            await asyncio.to_thread(supervisor.kill, "kafka", restart=False)
            await asyncio.sleep(OUTAGE_SECONDS)
            await asyncio.to_thread(supervisor.start, "kafka")
            await _arrivals(people, 20)
            await eventually(lambda: all_ended(kafka, people.arrived), every=1)
            people.stop()
            await eventually(lambda: nothing_waits(kafka), every=0.5)
            assert await router.end() == 0

        await judge(kafka)
        for step in await kafka.steps():
            for decision in step.decisions:
                agent = decision.agent_state_changed.agent
                assert agent.not_routable_because != "not_responding", step.step_number


@pytest.mark.parametrize("code", [0, 1])
async def test_a_thread_that_lives_on_does_not_keep_the_process(code):
    """Faust's consumer thread does, when the broker says nothing."""
    program = (
        "import threading, router.__main__ as it\n"
        "threading.Thread(target=threading.Event().wait).start()\n"
        f"it.run_service = lambda *_: {code}\n"
        "it.main()\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program)
    try:
        assert await asyncio.wait_for(process.wait(), 60) == code
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.full
async def test_an_orderly_end_ends_also_while_there_is_no_broker(broker, tmp_path):
    """The consumer's thread waits for the broker, and would keep the process for ever."""
    servers, supervisor = broker
    async with own_topics(servers) as kafka:
        async with a_router(kafka, tmp_path, STOP_TIMEOUT_SECONDS="2") as router:
            await eventually(lambda: _last(router))
            await _heartbeats(kafka, 1)
            await asyncio.to_thread(supervisor.kill, "kafka", restart=False)
            await eventually(lambda: b"Unable connect to node" in router.log.read_bytes())
            async with asyncio.timeout(60):
                assert await router.end() == 0
        await asyncio.to_thread(supervisor.start, "kafka")


async def _arrivals(people, count):
    for _ in range(count):
        await people.arrive()
        await asyncio.sleep(0.05)


async def _unanswered_seconds(kafka):
    """Whether what has no step yet reaches over more than an offer has to be delivered."""
    answered = max((step.cause.offset for step in await kafka.steps()), default=-1)
    records = [r for r in await kafka.read(INPUT) if r.key == b"main" and r.offset > answered]
    longest = a_policy().timers.offer_delivery_seconds + 1
    return records and records[-1].timestamp - records[0].timestamp > longest * 1000


async def _withdrawn_before_they_were_said(kafka):
    """No tick had shown by then that the step with the offer was in the output."""
    said_by = {}
    for record in await kafka.read(INPUT):
        fact = decode(record.value, "main").fact if record.key == b"main" else None
        if isinstance(fact, ClockTicked):
            said_by[record.offset] = fact.applied_step
    made, found, said = {}, [], 0
    for step in await first_said(kafka):
        for decision in step.decisions:
            offer = decision.offer_made.offer_id or decision.offer_ended.offer_id
            if decision.HasField("offer_made"):
                made[offer] = step.step_number
            elif decision.offer_ended.withdrawn_because == UNDELIVERED and made[offer] > said:
                found.append((offer, made[offer], step.step_number))
        said = max(said, said_by.get(step.cause.offset, 0))
    return found


async def _heartbeats(kafka, count):
    for _ in range(count):
        for workspace in WORKSPACES:
            fact = E_.DeskHeartbeat(desk_instance="desk1")
            await kafka.say(workspace, desk_heartbeat=fact)


async def _everything_is_said(kafka, count):
    said = {(step.workspace, step.step_number) for step in await _all_steps(kafka)}
    return all((workspace, count) in said for workspace in WORKSPACES)


async def _everything_is_committed(kafka):
    """Also of a partition that has been quiet since somebody recovered it."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(f"{kafka.prefix}router")
    finally:
        await admin.close()
    ends = Counter(record.partition for record in await kafka.read(INPUT))
    return {tp.partition: found.offset for tp, found in offsets.items()} == dict(ends)


async def _all_steps(kafka):
    records = await kafka.read(OUTPUT)
    return [routing_events_pb2.RoutingStep.FromString(record.value) for record in records]


async def _partition(kafka):
    return next(r.partition for r in await kafka.read(OUTPUT) if r.key == b"main")


def _owns(router, partition):
    return partition in _last(router)


def _last(router):
    """Return the partitions that the worker took over last."""
    return _taken_over(router)[-1] if _taken_over(router) else []


def _taken_over(router):
    lines = [json.loads(line) for line in router.log.read_text().splitlines() if line[:1] == "{"]
    return [line["partitions"] for line in lines if line["message"] == "partitions taken over"]
