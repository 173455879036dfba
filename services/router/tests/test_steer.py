"""Supervisors steer on the real broker, and are told what was decided."""

from functools import partial

import pytest

from chassis.testing import eventually
from contact_center.v1 import common_pb2, contact_events_pb2
from router.adapters.commands import steer, steer_words
from router.domain.policy import ChannelCapacity, QueuePreference
from router.domain.values import Requirement
from router.domain.words import Channel

from .commands_run import command
from .on_kafka import a_router, own_topics

E_ = contact_events_pb2
POLICY = """skills: [billing, sales]
queues:
  - {name: billing, requires: {billing: 1}}
  - {name: sales, requires: {sales: 1}}
entry_points: [{name: web, channel: chat, flow: main}]
break_reasons: [lunch]
timers: {desk_silence_seconds: 3600, offer_delivery_seconds: 3600}
"""
ROSTER = "agents:\n  - {id: ana, skills: {billing: 2}}\n  - {id: bob, skills: {billing: 1}}\n"


@pytest.fixture
async def kafka(kafka_bootstrap_servers):
    async with own_topics(kafka_bootstrap_servers) as found:
        yield found


async def test_supervisors_steer_queues_agents_and_contacts(kafka, tmp_path, monkeypatch):
    (tmp_path / "policy.yaml").write_text(POLICY)
    (tmp_path / "roster.yaml").write_text(ROSTER)
    run = partial(command, kafka, monkeypatch)
    steered = partial(run, "steer")
    async with a_router(kafka, tmp_path / "router") as router:
        await eventually(router.is_up)
        assert (await run("policy", "apply", str(tmp_path / "policy.yaml")))[0] == 0
        assert (await run("roster", "apply", str(tmp_path / "roster.yaml")))[0] == 0
        paused = await steered("pause", "billing", "--for", "10m", "--by", "mia")
        await a_chat_waits(kafka)
        for agent_id in ("ana", "bob"):
            await kafka.say(
                agent_signed_in=E_.AgentSignedIn(
                    agent_id=agent_id, session_id=f"s-{agent_id}", desk_instance="d1"
                )
            )
        there = await steered("presence", "ana", "available")
        resumed = await steered("resume", "billing")
        again = await steered("resume", "billing")
        absent = await steered("reassign", "c1", "bob")
        await steered("presence", "bob", "break", "--reason", "lunch")
        reassigned = await steered("reassign", "c1", "bob")
        await steered("presence", "ana", "break", "--reason", "lunch")
        await steered("presence", "bob", "available")
        back = await steered("pull-back", "c1")
        adjusted = await steered("adjust", "ana", "--skills", "sales:3", "--capacity", "chat=6",
                                 "--for", "1h", "--by", "mia")  # fmt: skip
        otherwise = await steered("adjust", "ana", "--prefer", "sales=1:30s", "--voice", "",
                                  "--prefer", "billing/chat=2", "--by", "mia")  # fmt: skip
        astray = await steered("adjust", "ana", "--prefer", "mars=1")
        taken_back = await steered("adjust", "ana", "--back")
        moved = await steered("move", "c1", "sales")
        urgent = await steered("priority", "c1", "7", "--by", "mia")
        nowhere = await steered("move", "c1", "mars")
        nobody = await steered("adjust", "zoe", "--queues", "billing")

    assert paused == (0, "queue billing is paused for 10 min 00 s\n")
    assert there == (0, "agent ana is available, routable\n")
    assert resumed[0] == 0
    assert resumed[1].startswith("queue billing goes on\ncontact c1: offered to ana")
    assert again == (0, "nothing to do: the queue is not paused\n")
    assert absent[0] == 1
    assert "the agent is not signed in" in absent[1]
    assert reassigned[0] == 0
    assert "contact c1: the offer to ana is withdrawn: supervisor" in reassigned[1]
    assert back[0] == 0
    assert "agent ana: skills, capacities adjusted for 1 h 00 min\n" in adjusted[1]
    assert "agent ana: preferences, voice_address adjusted until it is taken back\n" in otherwise[1]
    assert astray[0] == 1
    assert "unknown queue 'mars'" in astray[1]
    assert "agent ana is as the roster says\n" in taken_back[1]
    assert "contact c1: waits in sales (by supervisor)" in moved[1]
    assert urgent == (0, "contact c1: priority 7 from now on, by mia\n")
    assert nowhere == (1, "refused: unknown_queue: queue 'mars'\n")
    assert nobody == (1, "refused: unknown_agent: agent 'zoe'\n")


async def a_chat_waits(kafka):
    arrived = E_.ContactArrived(
        contact_id="c1",
        channel=common_pb2.CHANNEL_CHAT,
        entry_point="web",
        conversation_id="v1",
        key_id="k1",
    )
    await kafka.say(contact_arrived=arrived)
    await kafka.say(queue_requested=E_.QueueRequested(contact_id="c1", queue="billing"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["pause", "billing", "--for", "10"],
        ["pause", "billing", "--for", "31d"],
        ["pause", "billing", "--by", "no name"],
        ["adjust", "ana"],
        ["adjust", "ana", "--back", "--team", "front"],
        ["adjust", "ana", "--skills", "billing:much"],
        ["adjust", "ana", "--capacity", "chats=6"],
        ["adjust", "ana", "--prefer", "sales"],
        ["adjust", "ana", "--prefer", "sales/phone=1"],
        ["adjust", "ana", "--prefer", "sales=1:30"],
        ["adjust", "ana", "--prefer", "", "--prefer", "sales=1"],
        ["adjust", "ana", "--capacity", "chat=many"],
        ["presence", "ana", "asleep"],
        ["priority", "c1", "high"],
    ],
)
def test_a_wrong_call_is_told_before_anything_is_said(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        steer.main(arguments)

    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_times_levels_and_capacities_are_read_as_people_write_them():
    assert steer_words.seconds("1h30m") == 5400
    assert steer_words.levels("billing:3, sales") == (
        Requirement("billing", 3),
        Requirement("sales", 1),
    )
    assert steer_words.capacity("chat+sms=6") == ChannelCapacity(
        channels=(Channel.CHAT, Channel.SMS), slots=6
    )
    assert steer_words.names("") == ()


def test_who_steers_is_the_user_of_the_machine_as_an_id(monkeypatch):
    monkeypatch.setattr("getpass.getuser", lambda: "Mia Müller")

    assert steer_words.whoever_is_here() == "Mia-M-ller"


def test_preferences_are_read_with_channel_and_delay():
    read = steer_words.preference

    assert read("sales=2") == QueuePreference(queue="sales", priority=2)
    assert read("sales=1:30s") == QueuePreference(queue="sales", delay_seconds=30)
    assert read("a.b/voice=1") == QueuePreference(queue="a.b", channel=Channel.VOICE)
    assert read("") is None
