"""Consults, conferences and hand-overs through the whole service; the router is played here."""

from typing import Any

from voice_world import VoiceProcess, World

from chassis.testing import eventually
from contact_center.v1 import contact_events_pb2, routing_events_pb2
from local_stack.phone.process import PhoneProcess, phone

CUSTOMER, ANA, BOB = "440", "660", "880"
EVERYBODY = [option for tone in (CUSTOMER, ANA, BOB) for option in ("--listen-for", tone)]


def decision(**said: Any) -> routing_events_pb2.Decision:
    return routing_events_pb2.Decision(**said)


def held(contact_id: str) -> routing_events_pb2.Decision:
    return decision(contact_held=routing_events_pb2.ContactHeld(contact_id=contact_id))


def resumed(contact_id: str) -> routing_events_pb2.Decision:
    return decision(contact_resumed=routing_events_pb2.ContactResumed(contact_id=contact_id))


def asked(contact_id: str) -> routing_events_pb2.Decision:
    started = routing_events_pb2.ConsultStarted(
        contact_id=contact_id, consult_contact_id="consult", agent_id="ana"
    )
    return decision(consult_started=started)


def over(contact_id: str, *, is_transfer: bool = False) -> routing_events_pb2.Decision:
    finished = routing_events_pb2.ConsultFinished(
        contact_id=contact_id, consult_contact_id="consult", is_transfer=is_transfer
    )
    return decision(consult_finished=finished)


def wrap_up(contact_id: str, *, is_transfer: bool = False) -> routing_events_pb2.Decision:
    started = routing_events_pb2.WrapUpStarted(contact_id=contact_id, is_transfer=is_transfer)
    return decision(wrap_up_started=started)


async def consulting(around: World, customer: PhoneProcess, ana: PhoneProcess) -> str:
    """The customer is on hold; ana waits for a colleague."""
    contact = await around.fact("contact_arrived")
    await customer.event("answered")
    await around.connect(contact.contact_id, ana.port)
    await around.fact("agent_connected")
    await around.step(held(contact.contact_id), asked(contact.contact_id))
    return str(contact.contact_id)


async def hears(who: PhoneProcess, *tones: str) -> None:
    await who.event("hears", frequencies=[float(tone) for tone in tones])


async def test_a_colleague_is_asked_joins_and_takes_over(voice: VoiceProcess, around: World):
    async with (
        phone("agent", "--tone", ANA, *EVERYBODY) as ana,
        phone("agent", "--answer", "busy") as busy,
        phone("agent", "--tone", BOB, *EVERYBODY) as bob,
        phone("call", voice.address(), "--tone", CUSTOMER, *EVERYBODY) as customer,
    ):
        contact_id = await consulting(around, customer, ana)
        await around.connect("consult", busy.port, "o2")
        failed = await around.fact("agent_leg_failed")
        await around.connect("consult", bob.port, "o3")
        joined = await around.fact("agent_connected", lambda fact: fact.offer_id == "o3")
        await bob.event("offered", contact_id="consult")
        await hears(ana, BOB)
        await hears(bob, ANA)

        conference = routing_events_pb2.ConferenceOpened(
            contact_id=contact_id, consult_contact_id="consult"
        )
        await around.step(resumed(contact_id), decision(conference_opened=conference))
        await hears(customer, ANA, BOB)
        await hears(ana, CUSTOMER, BOB)
        await hears(bob, CUSTOMER, ANA)

        customer.events.clear()
        await ana.tell("hangup")
        left = await around.fact("contact_disconnected")
        transferred = routing_events_pb2.ContactTransferred(
            contact_id=contact_id, new_contact_id="consult", to_agent_id="bob"
        )
        await around.step(
            decision(contact_transferred=transferred),
            over(contact_id, is_transfer=True),
            wrap_up(contact_id, is_transfer=True),
        )
        await hears(customer, BOB)
        await around.step(decision(contact_ended={"contact_id": contact_id}))
        await bob.tell("hangup")
        gone = await around.fact("contact_disconnected", lambda fact: fact.contact_id == "consult")
        await customer.event("ended")
        first = await around.said("recording_stored", lambda r: r.contact_id == contact_id)
        await around.said("recording_stored", lambda r: r.contact_id == "consult")

    assert (failed.contact_id, failed.reason) == ("consult", "busy")
    assert joined.contact_id == "consult"
    assert (left.contact_id, left.by) == (contact_id, contact_events_pb2.PARTY_AGENT)
    assert gone.by == contact_events_pb2.PARTY_AGENT
    assert first.duration_seconds > 0
    assert around.kinds("consult") == [
        "agent_leg_failed",
        "agent_connected",
        "contact_disconnected",
    ]


async def test_the_customer_is_taken_back_when_the_consult_is_over(
    voice: VoiceProcess, around: World
):
    async with (
        phone("agent", "--tone", ANA) as ana,
        phone("agent", "--tone", BOB) as bob,
        phone("call", voice.address(), *EVERYBODY) as customer,
    ):
        contact_id = await consulting(around, customer, ana)
        await around.connect("consult", bob.port, "o2")
        await around.fact("agent_connected", lambda fact: fact.offer_id == "o2")
        customer.events.clear()
        await around.step(over(contact_id), wrap_up("consult"))
        await bob.event("ended")
        await around.step(resumed(contact_id))
        await hears(customer, ANA)

        await customer.tell("hangup")
        await around.fact("contact_disconnected")
    assert around.kinds("consult") == ["agent_connected"]


async def test_a_kill_in_a_conference_fails_every_contact_once(voice: VoiceProcess, around: World):
    async with (
        phone("agent") as ana,
        phone("agent") as bob,
        phone("call", voice.address(), "--tone", CUSTOMER) as customer,
    ):
        contact_id = await consulting(around, customer, ana)
        await around.connect("consult", bob.port, "o2")
        await around.fact("agent_connected", lambda fact: fact.offer_id == "o2")
        voice.kill()
        await voice.ended()
    await voice.start()
    await eventually(lambda: len(around.failed()) == 2, 15)

    assert sorted(around.failed()) == sorted([contact_id, "consult"])
