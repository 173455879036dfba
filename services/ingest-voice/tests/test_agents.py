"""Calls that reach an agent, through the whole service; the router is played by the tests."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from voice_world import VoiceProcess, World

from chassis.testing import eventually
from contact_center.v1 import (
    channel_commands_pb2,
    contact_events_pb2,
    routing_events_pb2,
)
from local_stack.phone.process import PhoneProcess, phone
from local_stack.phone.tones import read_wav, tone_share

Decision = routing_events_pb2.Decision


async def arrived(around: World, customer: PhoneProcess) -> Any:
    contact = await around.fact("contact_arrived")
    await customer.event("answered")
    return contact


async def connected(around: World, agent: PhoneProcess, contact: Any) -> None:
    await around.connect(contact.contact_id, agent.port)
    await around.fact("agent_connected")


async def test_caller_and_agent_hear_each_other_and_are_recorded_sealed(
    voice: VoiceProcess, around: World, tmp_path: Path
):
    """A tone of either side at the other one and on its channel of the recording; no plain audio
    on the disk; `contact-center recording export` opens it through the key service."""
    async with (
        phone("agent", "--tone", "660", "--listen-for", "440") as agent,
        phone("call", voice.address(), "--tone", "440", "--listen-for", "660",
              "--listen-for", "330") as customer,
    ):  # fmt: skip
        contact = await arrived(around, customer)
        await around.command(contact, play_hold_music=channel_commands_pb2.PlayHoldMusic())
        await around.connect(contact.contact_id, agent.port)
        told = await around.fact("agent_connected")
        await agent.event("offered", contact_id=contact.contact_id)
        await customer.event("hears", frequencies=[660])
        await agent.event("hears", frequencies=[440])
        started = time.monotonic()
        await eventually(lambda: time.monotonic() - started > 3)
        await agent.tell("hangup")
        gone = await around.fact("contact_disconnected")
        await customer.event("ended")
        stored = await around.said("recording_stored")

    assert (told.offer_id, told.agent_id) == ("o1", "ana")
    assert gone.by == contact_events_pb2.PARTY_AGENT
    assert stored.contact_id == contact.contact_id
    assert stored.duration_seconds > 2
    out = tmp_path / "out.wav"
    exported = await export(around, tmp_path / "data", contact.contact_id, out)
    assert exported.returncode == 0, exported.stderr
    assert around.keys.purposes[-1] == f"recording of contact {contact.contact_id}"
    left, right = (middle(channel) for channel in read_wav(out))
    assert tone_share(left, 440) > 0.8
    assert tone_share(left, 660) < 0.02
    assert tone_share(right, 660) > 0.8
    assert tone_share(right, 440) < 0.02
    files = [path for path in (tmp_path / "data" / "recordings").rglob("*") if path.is_file()]
    assert len(files) == 1
    noise = files[0].read_bytes()[2000:34000]
    assert tone_share(noise, 440) < 0.02
    assert tone_share(noise, 660) < 0.02


def middle(channel: bytes) -> bytes:
    return channel[16000 : 16000 + 16000]


async def export(around: World, data: Path, contact_id: str, out: Path) -> Any:
    program = "import sys; from ingest_voice.command import main; sys.exit(main(sys.argv[1:]))"
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", program, "export", contact_id, str(out), "--data-dir", str(data)],
        env={"KEY_SERVICE_ADDRESS": around.keys.address, "PATH": ""},
        capture_output=True, text=True, timeout=30,
    )  # fmt: skip


async def test_a_phone_that_is_busy_fails_the_leg_and_the_next_offer_connects(
    voice: VoiceProcess, around: World
):
    async with (
        phone("agent", "--answer", "busy") as busy,
        phone("agent") as free,
        phone("call", voice.address()) as customer,
    ):
        contact = await arrived(around, customer)
        await around.connect(contact.contact_id, busy.port)
        failed = await around.fact("agent_leg_failed")
        await around.connect(contact.contact_id, free.port, "o2")
        told = await around.fact("agent_connected")

    assert (failed.offer_id, failed.reason) == ("o1", "busy")
    assert told.offer_id == "o2"


async def test_a_phone_that_rings_too_long_fails_the_leg(voice: VoiceProcess, around: World):
    async with (
        phone("agent", "--answer", "never") as silent,
        phone("call", voice.address()) as customer,
    ):
        contact = await arrived(around, customer)
        await around.connect(contact.contact_id, silent.port, seconds=1.5)

        assert (await around.fact("agent_leg_failed")).reason == "no_answer"


async def test_a_caller_who_hangs_up_while_the_phone_rings_has_left(
    voice: VoiceProcess, around: World
):
    async with (
        phone("agent", "--answer", "never") as silent,
        phone("call", voice.address()) as customer,
    ):
        contact = await arrived(around, customer)
        await around.connect(contact.contact_id, silent.port)
        await silent.event("offered")
        await customer.tell("hangup")
        await silent.event("ended")
        await around.fact("customer_left")

    assert around.kinds(contact.contact_id) == ["contact_arrived", "customer_left"]


async def test_hold_and_resume_follow_the_router(voice: VoiceProcess, around: World):
    async with (
        phone("agent", "--tone", "660", "--listen-for", "440") as agent,
        phone("call", voice.address(), "--tone", "440", "--listen-for", "660") as customer,
    ):
        contact = await arrived(around, customer)
        await connected(around, agent, contact)
        await agent.event("hears", frequencies=[440])
        held = routing_events_pb2.ContactHeld(contact_id=contact.contact_id, agent_id="ana")
        await around.step(Decision(contact_held=held))
        await agent.event("hears", frequencies=[])
        await customer.event("hears", frequencies=[])

        del agent.events[1:]
        resumed = routing_events_pb2.ContactResumed(contact_id=contact.contact_id)
        await around.step(Decision(contact_resumed=resumed))
        await agent.event("hears", frequencies=[440])


async def test_a_transferred_caller_waits_under_the_new_contact_and_reaches_another_agent(
    voice: VoiceProcess, around: World
):
    async with (
        phone("agent") as first,
        phone("agent", "--tone", "660") as second,
        phone("call", voice.address(), "--listen-for", "660") as customer,
    ):
        contact = await arrived(around, customer)
        await connected(around, first, contact)
        transferred = routing_events_pb2.ContactTransferred(
            contact_id=contact.contact_id, new_contact_id="new-1", from_agent_id="ana", queue="q"
        )
        wrap_up = routing_events_pb2.WrapUpStarted(contact_id=contact.contact_id, is_transfer=True)
        opened = routing_events_pb2.VisitOpened(contact_id="new-1", visit_id="v2", queue="q")
        await around.step(
            Decision(contact_transferred=transferred),
            Decision(wrap_up_started=wrap_up),
            Decision(visit_opened=opened),
        )
        await first.event("ended")
        await around.connect("new-1", second.port, "o2")
        await around.fact("agent_connected", lambda fact: fact.contact_id == "new-1")
        await customer.event("hears", frequencies=[660])
        ended = routing_events_pb2.ContactEnded(contact_id=contact.contact_id)
        await around.step(Decision(contact_ended=ended))
        await customer.tell("hangup")
        gone = await around.fact("contact_disconnected")

    assert (gone.contact_id, gone.by) == ("new-1", contact_events_pb2.PARTY_CUSTOMER)
    assert around.kinds(contact.contact_id) == ["contact_arrived", "agent_connected"]


async def test_a_flow_that_speaks_before_we_read_of_the_transfer_is_heard_after_it(
    voice: VoiceProcess, around: World
):
    """Commands and steps are two topics: the flow's question may be read first."""
    async with (
        phone("agent") as agent,
        phone("call", voice.address()) as customer,
    ):
        contact = await arrived(around, customer)
        await connected(around, agent, contact)
        text = around.sealed(contact, "Ask.text", "one or two")
        asked = channel_commands_pb2.Ask(message_id="m1", text=text, max_digits=1)
        contact.contact_id, first_id = "new-1", contact.contact_id
        await around.command(contact, ask=asked)
        transferred = routing_events_pb2.ContactTransferred(
            contact_id=first_id, new_contact_id="new-1", from_agent_id="ana", flow="menu"
        )
        wrap_up = routing_events_pb2.WrapUpStarted(contact_id=first_id, is_transfer=True)
        await around.step(
            Decision(contact_transferred=transferred), Decision(wrap_up_started=wrap_up)
        )
        await agent.event("ended")
        await around.said("message_recorded", lambda said: said.contact_id == "new-1")
        await customer.tell("digits 2")
        typed = await around.said("message_recorded", lambda said: said.reply_to_message_id == "m1")

    assert around.opened(typed.body, "MessageRecorded.body") == "2"
