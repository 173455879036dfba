"""Customers who are called back: real phones, a real book of dials, the router played here."""

import time
from collections.abc import Callable
from typing import Any

import asyncpg
from voice_world import NUMBER, VoiceProcess, World

from chassis.testing import eventually
from contact_center.v1 import common_pb2, contact_events_pb2, routing_events_pb2
from local_stack.phone.process import phone
from local_stack.ports import free_ports

CALLER = "+4940987654"
MakeVoice = Callable[..., VoiceProcess]
Decision = routing_events_pb2.Decision


def trunk(port: int, database_url: str) -> dict[str, str]:
    """Settings; who comes after a killed process gets its partitions at once."""
    return {
        "TRUNK_ADDRESS": f"sip:{{number}}@127.0.0.1:{port}",
        "DATABASE_URL": database_url,
        "INSTANCE_ID": "calls-back",
        "KAFKA_STATIC_MEMBERSHIP": "true",
    }


async def asked(around: World, voice: VoiceProcess, **fields: Any) -> None:
    """A customer calls, and would rather be called back: the contact `back`."""
    async with phone("call", voice.address(), "--user", CALLER) as customer:
        contact = await around.fact("contact_arrived")
        await customer.event("answered")
        taken = routing_events_pb2.CallbackTaken(
            contact_id=contact.contact_id, new_contact_id="back", **fields
        )
        lineage = common_pb2.Lineage(initial_id=contact.contact_id, previous_id=contact.contact_id)
        opened = routing_events_pb2.ContactOpened(
            contact_id="back", key_id=contact.key_id, lineage=lineage,
            opened_by=routing_events_pb2.OPENED_BY_CALLBACK,
        )  # fmt: skip
        cause = routing_events_pb2.CONTACT_CAUSE_CALLBACK_TAKEN
        ended = routing_events_pb2.ContactEnded(contact_id=contact.contact_id, cause=cause)
        await around.step(
            Decision(callback_taken=taken), Decision(contact_ended=ended),
            Decision(contact_opened=opened),
        )  # fmt: skip
        await customer.event("ended")


async def due(around: World, port: int, offer_id: str = "o1", seconds: float = 20) -> None:
    """An agent accepted the callback."""
    connecting = routing_events_pb2.ContactConnecting(
        contact_id="back", offer_id=offer_id, agent_id="ana", connect_seconds=seconds,
        voice_address=f"sip:ana@127.0.0.1:{port}", is_customer_dialled=True,
    )  # fmt: skip
    await around.step(Decision(contact_connecting=connecting))


async def results(database_url: str, workspace: str) -> dict[str, str | None]:
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch(
            "SELECT offer_id, result FROM ingest_voice.dials WHERE workspace = $1", workspace
        )
    finally:
        await connection.close()
    return {row["offer_id"]: row["result"] for row in rows}


async def test_a_customer_is_called_back_where_they_came_from_once_the_agent_is_there(
    make_voice: MakeVoice, around: World, database_url: str
):
    """First the line is busy; the next try connects, and both hear each other."""
    at, busy_at = free_ports(2)
    voice = make_voice(**trunk(busy_at, database_url))
    await voice.start()
    await asked(around, voice)
    async with (
        phone("agent", "--tone", "660", "--listen-for", "440") as ana,
        phone("agent", "--port", str(busy_at), "--answer", "busy"),
    ):
        await due(around, ana.port)
        failed = await around.fact("customer_leg_failed")
        await ana.event("ended")
        voice.terminate()
        await voice.ended()
    voice = make_voice(**trunk(at, database_url))
    await voice.start()
    async with (
        phone("agent", "--tone", "660", "--listen-for", "440") as ana,
        phone("agent", "--port", str(at), "--tone", "440", "--listen-for", "660") as customer,
    ):
        await due(around, ana.port, "o2")
        await ana.event("hears", frequencies=[440.0])
        await customer.event("hears", frequencies=[660.0])
        await customer.event("offered", contact_id="back")
        await customer.tell("hangup")
        gone = await around.fact("contact_disconnected")
        await around.said("recording_stored", lambda r: r.contact_id == "back")

    assert (failed.offer_id, failed.reason) == ("o1", "busy")
    assert gone.by == contact_events_pb2.PARTY_CUSTOMER
    told = ["customer_leg_failed", "agent_connected", "contact_disconnected"]
    assert around.kinds("back") == told
    assert await results(database_url, around.workspace) == {"o1": "busy", "o2": "answered"}


async def test_a_dial_whose_service_was_killed_is_unknown_and_is_not_made_again(
    make_voice: MakeVoice, around: World, database_url: str
):
    """Nobody's phone rings twice for one decision. Another caller waited when it was killed: the
    policy wants such callers called back, where the router finds them waiting."""
    (at,) = free_ports(1)
    await around.publish_policy(NUMBER, calls_lost_back=True)
    voice = make_voice(**trunk(at, database_url))
    await voice.start()
    await asked(around, voice)
    async with (
        phone("agent") as ana,
        phone("agent", "--port", str(at), "--answer", "never") as customer,
        phone("call", voice.address(), "--user", "+4940987655") as waiting,
        phone("call", voice.address(), "--user", "anonymous") as nameless,
    ):
        await due(around, ana.port, seconds=120)
        await customer.event("offered")
        for caller in (waiting, nameless):
            await caller.event("answered")
        voice.kill()
        await voice.ended()
        await voice.start()
        failed = await around.fact("customer_leg_failed")
        # A decision that comes after it is read after it: each phone rings once for each.
        await due(around, ana.port, "o2", seconds=120)
        await eventually(lambda: _offers(customer) == 2, 30)
        assert _offers(ana) == 2

    assert (failed.contact_id, failed.offer_id, failed.reason) == ("back", "o1", "unknown")
    lost = around.arrived()[1:]
    assert sorted(around.failed()) == sorted(lost)
    with_number = [c for c in lost if around.kinds(c) != ["contact_arrived", "channel_failed"]]
    [asked_for] = [around.kinds(contact_id) for contact_id in with_number]
    assert asked_for == ["contact_arrived", "callback_requested", "channel_failed"]
    assert (await results(database_url, around.workspace))["o1"] == "unknown"


def _offers(who: Any) -> int:
    return sum(event["event"] == "offered" for event in who.events)


async def test_without_a_trunk_nobody_waits_for_a_dial(voice: VoiceProcess, around: World):
    await due(around, 9)

    assert (await around.fact("customer_leg_failed")).reason == "no_trunk"


async def test_a_decision_that_is_too_old_calls_nobody(
    make_voice: MakeVoice, around: World, database_url: str
):
    (at,) = free_ports(1)
    voice = make_voice(**trunk(at, database_url))
    await asked_while_away(around)
    await voice.start()
    async with phone("agent") as ana:
        await due(around, ana.port, "fresh")
        failed = await around.fact("customer_leg_failed")

    assert (failed.offer_id, failed.reason) == ("fresh", "no_number")
    assert set(await results(database_url, around.workspace)) == {"fresh"}


async def asked_while_away(around: World) -> None:
    connecting = routing_events_pb2.ContactConnecting(
        contact_id="back", offer_id="stale", connect_seconds=20, is_customer_dialled=True
    )
    step = routing_events_pb2.RoutingStep(
        workspace=around.workspace, step_number=1,
        decisions=[Decision(contact_connecting=connecting)],
    )  # fmt: skip
    step.stamped_at.FromSeconds(int(time.time()) - 600)
    await around.producer.send("routing-events.v1", around.workspace, step.SerializeToString())
    around._step = 1
