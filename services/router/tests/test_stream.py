"""One router on the real broker: timers, traces, garbage, newer writers, policies and commands."""

import asyncio
import contextlib
import json
import os
import sys
from pathlib import Path

import pytest
from google.protobuf.message import DecodeError

from chassis.kafka import TopicSpec, ensure_topics
from chassis.settings import ServiceSettings
from chassis.testing import eventually
from contact_center.v1 import contact_events_pb2, policy_pb2, routing_events_pb2

from .on_kafka import DEAD, INPUT, OUTPUT, PARTITIONS, POLICIES, a_router, own_topics
from .people import People, a_policy_message

E_ = contact_events_pb2
TRACE = "0af7651916cd43dd8448eb211c80319c"
FILES = Path(__file__).parents[3] / "deploy" / "local"


@pytest.fixture
async def kafka(kafka_bootstrap_servers):
    async with own_topics(kafka_bootstrap_servers) as found:
        yield found


async def test_an_offer_times_out_with_no_other_traffic(kafka, tmp_path):
    """Nobody's screen shows it; the only records that follow are the router's own ticks."""
    people = People(kafka)
    async with a_router(kafka, tmp_path):
        await people.begin()
        started = await eventually(lambda: _decisions(kafka, "agent_session_started"))
        people.sessions["ana"] = started[0].agent.session_number
        fact = E_.PresenceChosen(**people.of("ana"), presence=2)
        await kafka.say(presence_chosen=fact)
        contact_id = await people.arrive()
        ended = await eventually(lambda: _decisions(kafka, "offer_ended"))

    assert (ended[0].contact_id, ended[0].agent_id) == (contact_id, "ana")
    undelivered = routing_events_pb2.WITHDRAWN_BECAUSE_UNDELIVERED
    assert ended[0].withdrawn_because == undelivered
    steps = [s for s in await kafka.steps() if any(d.HasField("due_at") for d in s.decisions)]
    assert {step.event_type for step in steps} == {"ClockTicked"}


async def test_the_step_goes_on_in_the_trace_of_its_record(kafka, tmp_path):
    async with a_router(kafka, tmp_path):
        event = E_.ContactEvent(
            event_id="e1",
            workspace="main",
            policy_proposed=E_.PolicyProposed(policy=a_policy_message()),
        )
        traceparent = f"00-{TRACE}-b7ad6b7169203331-01".encode()
        await kafka.put(b"main", event.SerializeToString(), [("traceparent", traceparent)])
        records = await eventually(lambda: kafka.read(OUTPUT))

    headers = {name: value.decode() for name, value in records[0].headers}
    assert headers["traceparent"].split("-")[1] == TRACE
    assert headers["ce_type"] == "RoutingStep"
    assert headers["ce_id"] == "main/1"


async def test_garbage_is_refused_or_parked_and_the_rest_goes_on(kafka, tmp_path):
    people = People(kafka)
    async with a_router(kafka, tmp_path):
        await people.begin()
        for value in (b"junk", b"", None, os.urandom(900_000), b"\xff" * 10):
            await kafka.put(b"main", value)
        unknown_channel = E_.ContactArrived(contact_id="c1", channel=99, entry_point="web")
        await kafka.say(contact_arrived=unknown_channel)
        other = E_.ContactEvent(event_id="x", workspace="other", clock_ticked=E_.ClockTicked())
        await kafka.put(b"main", other.SerializeToString())
        for key in (None, b"", b"\xff\xfe", b"no such/workspace", b"nobody-knows-me"):
            await kafka.put(key, b"junk")
        await kafka.put(None, os.urandom(1_000_000))
        contact_id = await people.arrive()
        await eventually(lambda: _decisions(kafka, "visit_opened"))
        dead = await eventually(lambda: _parked(kafka, 6))

    rejected = await _decisions(kafka, "record_rejected")
    because = [routing_events_pb2.RejectedBecause.Name(r.because) for r in rejected]
    assert because.count("REJECTED_BECAUSE_NOT_UNDERSTOOD") == 5
    assert because.count("REJECTED_BECAUSE_INVALID_FIELD") == 2
    assert (await _decisions(kafka, "visit_opened"))[0].contact_id == contact_id
    about = [dict(record.headers) for record in dead]
    assert all(headers["dlq.reason"] for headers in about)
    assert sum("dlq.truncated" in headers for headers in about) == 1


async def test_a_step_says_how_many_records_before_it_were_parked(kafka, tmp_path):
    """Also the step of a router that was killed after it had parked them."""
    static = {"INSTANCE_ID": "router-0", "KAFKA_STATIC_MEMBERSHIP": "true"}
    async with a_router(kafka, tmp_path, SNAPSHOT_INTERVAL_SECONDS="3600", **static) as router:
        begun = E_.ContactEvent(event_id="x", workspace="main", clock_ticked=E_.ClockTicked())
        sent = await kafka.put(b"main", begun.SerializeToString())
        await eventually(lambda: _said(kafka, 1))
        for _ in range(2):
            await kafka.producer.send_and_wait(
                kafka.prefix + INPUT, b"junk", b"no such/workspace", partition=sent.partition
            )
        await eventually(lambda: _parked(kafka, 2))
        await router.kill()
        await router.start()
        await kafka.say(clock_ticked=E_.ClockTicked())
        await kafka.say(clock_ticked=E_.ClockTicked())
        records = await eventually(lambda: _said(kafka, 3))

    said = [dict(record.headers).get("ce_parkedbefore") for record in records]
    assert said == [None, b"2", None]
    assert await _parked(kafka, 2)


async def test_a_fact_of_a_newer_writer_stops_the_router_loudly(kafka, tmp_path):
    async with a_router(kafka, tmp_path) as router:
        unknown = bytes([0xC2, 0x3E, 0x00])  # field 1000, an empty message
        event = E_.ContactEvent(event_id="e1", workspace="main").SerializeToString()
        await kafka.put(b"main", event + unknown)
        code = await router.ended()

    assert code == 1
    last = [json.loads(line) for line in router.log.read_text().splitlines()]
    assert any(line["level"] == "CRITICAL" and "UnknownFact" in str(line) for line in last)
    assert not await kafka.steps()


async def test_an_active_policy_that_its_topic_lacks_is_written_again(kafka, tmp_path):
    settings = ServiceSettings(
        kafka_bootstrap_servers=kafka.bootstrap_servers, topic_prefix=kafka.prefix
    )
    async with a_router(kafka, tmp_path) as router:
        await kafka.say(policy_proposed=E_.PolicyProposed(policy=a_policy_message()))
        first = await eventually(lambda: kafka.read(POLICIES))
        assert await router.end() == 0
    admin = await _admin(kafka)
    await admin.delete_topics([kafka.prefix + POLICIES])
    await admin.close()
    await eventually(lambda: _made_again(settings))
    async with a_router(kafka, tmp_path):
        again = await eventually(lambda: kafka.read(POLICIES))

    # The newest of each key counts: a router that is started twice may write it twice.
    assert {r.key: r.value for r in again} == {r.key: r.value for r in first}
    assert policy_pb2.WorkspacePolicy.FromString(again[0].value).activated_in_step == 1


async def test_garbage_in_its_own_topics_does_not_keep_a_router_from_coming_back(kafka, tmp_path):
    async with a_router(kafka, tmp_path) as router:
        await kafka.say(policy_proposed=E_.PolicyProposed(policy=a_policy_message()))
        await eventually(lambda: kafka.read(POLICIES))
        assert await router.end() == 0
    for topic in (OUTPUT, POLICIES):
        for key in (b"main", b"\xff"):
            await kafka.producer.send_and_wait(kafka.prefix + topic, b"garbage", key, partition=0)
            await kafka.producer.send_and_wait(kafka.prefix + topic, b"\xff\xff", key)
    async with a_router(kafka, tmp_path) as router:
        await kafka.say(desk_heartbeat=E_.DeskHeartbeat(desk_instance="desk1"))

        await eventually(lambda: _numbers(kafka, [1, 2]))
        assert "a record that no router wrote" in router.log.read_text()


async def _numbers(kafka, wanted):
    numbers = []
    for record in await kafka.read(OUTPUT):
        with contextlib.suppress(DecodeError):
            numbers.append(routing_events_pb2.RoutingStep.FromString(record.value).step_number)
    return numbers == wanted


async def test_files_are_applied_and_refused_with_file_and_line(kafka, tmp_path):
    broken = tmp_path / "policy.yaml"
    broken.write_text((FILES / "policy.yaml").read_text().replace("{billing: ", "{biling: ", 1))
    smaller = tmp_path / "roster.yaml"
    smaller.write_text((FILES / "roster.yaml").read_text().split("  - id: finn")[0])
    unknown = tmp_path / "unknown.yaml"
    unknown.write_text("agents:\n  - id: gia\n    skills: {billing: 1}\n    queues: [bill]\n")
    policy, roster = str(FILES / "policy.yaml"), str(FILES / "roster.yaml")
    async with a_router(kafka, tmp_path / "router"):
        assert (await _command(kafka, "roster", "apply", roster))[0] == 1
        assert await _command(kafka, "policy", "apply", policy) == (
            0,
            "policy version 1 is active\n",
        )
        again = await _command(kafka, "policy", "apply", policy)
        refused = await _command(kafka, "policy", "apply", "--base", "7", policy)
        wrong = await _command(kafka, "policy", "apply", str(broken))
        defined = await _command(kafka, "roster", "apply", roster)
        removed = await _command(kafka, "roster", "apply", str(smaller))
        stranger = await _command(kafka, "roster", "apply", str(unknown))
        shown = await _command(kafka, "policy", "show")

    assert again == (0, "policy version 1 is active and says the same\n")
    assert refused[0] == 1 and "the active version is 1, not 7" in refused[1]
    assert wrong == (
        1,
        "policy.yaml:14: queue 'billing' requires unknown skill 'biling';"
        " did you mean 'billing'?\n",
    )
    assert defined == (
        0,
        "roster: 6 defined (ana, bob, cem, dia, eva, finn), 0 as they were, 0 removed\n",
    )
    assert removed == (0, "roster: 0 defined, 5 as they were, 1 removed (finn)\n")
    assert stranger == (
        1,
        "unknown.yaml:4: agent 'gia' serves unknown queue 'bill'; did you mean 'billing'?\n",
    )
    assert shown[0] == 0 and "name: billing" in shown[1]


async def test_without_a_router_a_command_says_so(kafka):
    code, said = await _command(kafka, "policy", "apply", str(FILES / "policy.yaml"))

    assert code == 1
    assert "no answer" in said


async def _decisions(kafka, kind):
    return [
        getattr(decision, kind)
        for step in await kafka.steps()
        for decision in step.decisions
        if decision.WhichOneof("decision") == kind
    ]


async def _said(kafka, count):
    records = await kafka.read(OUTPUT)
    return records if len(records) == count else None


async def _parked(kafka, count):
    records = await kafka.read(DEAD)
    return records if len(records) == count else None


async def _admin(kafka):
    from aiokafka.admin import AIOKafkaAdminClient

    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)
    await admin.start()
    return admin


async def _made_again(settings):
    await ensure_topics(
        settings, [TopicSpec(POLICIES, PARTITIONS, config={"cleanup.policy": "compact"})]
    )
    return True


async def _command(kafka, verb, *arguments):
    """Run a command as people do; return its exit code and what it prints."""
    module = f"router.adapters.commands.{verb}"
    program = f"import sys; from {module} import main; sys.exit(main(sys.argv[1:]))"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program, *arguments),
        env=os.environ
        | {"KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers, "TOPIC_PREFIX": kafka.prefix},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()
