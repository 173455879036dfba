"""A real SIP call from an independent process, with RTP and DTMF, to the right agent and back."""

import asyncio
import wave
from pathlib import Path

from chassis.testing import eventually
from contact_center.v1 import message_events_pb2, routing_events_pb2
from local_stack.phone.tones import tone_share
from tests.e2e.world import World

CALLER_HZ, AGENT_HZ = 440.0, 880.0


async def test_a_call_reaches_the_right_agent_and_both_hear_each_other(
    world: World, tmp_path: Path
):
    """Menu key 2 is sales: cem sells, bob does not. Each side's tone arrives at the other."""
    phone = await world.agent_phone("cem", "--tone", str(AGENT_HZ), "--listen-for", str(CALLER_HZ))
    cem = await world.agent("cem", talk=6.0)
    caller = await world.call(
        "+4930200001",
        *("--digits", "1.5:2", "--tone", str(CALLER_HZ), "--listen-for", str(AGENT_HZ)),
    )

    await phone.event("hears", frequencies=[CALLER_HZ])
    await caller.event("hears", frequencies=[AGENT_HZ])
    await caller.ended(within=60)
    contact_id = (await phone.event("offered"))["contact_id"]
    await eventually(lambda: contact_id in cem.handled)

    await _has_recording(world, contact_id, tmp_path)
    await _has_transcript(world, contact_id)


async def _has_recording(world: World, contact_id: str, folder: Path) -> None:
    """The customer is left and the agent right; each side has its own tone."""
    out = folder / "call.wav"
    await asyncio.to_thread(world.stack.run, "recording", "export", contact_id, str(out))
    with wave.open(str(out)) as recording:
        assert recording.getnchannels() == 2
        frames = recording.readframes(recording.getnframes())
    left, right = _channel(frames, 0), _channel(frames, 1)

    assert _is_somewhere(left, CALLER_HZ)
    assert _is_somewhere(right, AGENT_HZ)


def _channel(frames: bytes, number: int) -> bytes:
    return b"".join(frames[i + 2 * number : i + 2 * number + 2] for i in range(0, len(frames), 4))


def _is_somewhere(samples: bytes, frequency: float, window: int = 6400) -> bool:
    parts = (samples[i : i + window] for i in range(0, len(samples) - window, window))
    return any(tone_share(part, frequency) > 0.3 for part in parts)


async def _has_transcript(world: World, contact_id: str) -> None:
    customer = await world.customer("phone", "+4930200001")
    [contact] = await world.timeline(
        customer.customer_id,
        lambda found: bool(found and found[0].HasField("ended_at") and found[0].recordings),
    )
    kinds = [message.kind for message in contact.messages]

    assert contact.contact_id == contact_id
    assert contact.cause == routing_events_pb2.CONTACT_CAUSE_COMPLETED
    assert contact.agent_id == "cem"
    assert message_events_pb2.MESSAGE_KIND_PROMPT in kinds
    digits = [m for m in contact.messages if m.kind == message_events_pb2.MESSAGE_KIND_DIGITS]
    assert [m.text for m in digits] == ["2"]


async def test_a_caller_who_hangs_up_in_the_menu_left_in_the_flow(world: World):
    caller = await world.call("+4930200002", "--hangup-after", "1.0")
    await caller.ended()
    customer = await world.customer("phone", "+4930200002")
    [contact] = await world.timeline(customer.customer_id, _one_ended)

    assert contact.cause == routing_events_pb2.CONTACT_CAUSE_LEFT_IN_FLOW


async def test_a_caller_who_hangs_up_in_the_queue_abandoned(world: World):
    """Nobody is signed in: the caller waits, hears music, and gives up."""
    caller = await world.call("+4930200003", "--digits", "1.5:3", "--hangup-after", "8.0")
    await caller.ended()
    customer = await world.customer("phone", "+4930200003")
    [contact] = await world.timeline(customer.customer_id, _one_ended)

    assert contact.cause == routing_events_pb2.CONTACT_CAUSE_ABANDONED
    assert contact.queue == "support"


async def test_a_phone_that_refuses_costs_the_caller_no_place_in_line(world: World):
    """cem's phone is busy: the offer fails, the call goes on waiting and reaches cem's next try."""
    await world.agent_phone("cem", "--answer", "busy")
    cem = await world.agent("cem")
    caller = await world.call("+4930200004", "--digits", "1.5:2", "--hangup-after", "12")
    await eventually(lambda: _ended_offers(cem, routing_events_pb2.OFFER_OUTCOME_FAILED))
    await caller.ended()
    customer = await world.customer("phone", "+4930200004")
    [contact] = await world.timeline(customer.customer_id, _one_ended)

    assert contact.cause == routing_events_pb2.CONTACT_CAUSE_ABANDONED


async def test_a_transferred_call_keeps_the_caller_and_changes_the_agent(world: World):
    """From cem (sales) to billing: the caller's leg stays, another phone rings."""
    first = await world.agent_phone("cem", "--tone", "880")
    cem = await world.agent("cem", talk=2.0)
    cem.habits.judge = _transfers_to("billing")
    caller = await world.call("+4930200005", "--digits", "1.5:2", "--listen-for", "1320")
    await first.event("offered")
    second = await world.agent_phone("ana", "--tone", "1320")
    ana = await world.agent("ana", talk=4.0)

    await second.event("offered")
    await caller.event("hears", frequencies=[1320.0])
    await caller.ended(within=60)
    customer = await world.customer("phone", "+4930200005")
    later, earlier = await world.timeline(
        customer.customer_id, lambda found: len(found) == 2 and _all_ended(found)
    )
    await eventually(lambda: later.contact_id in ana.handled)
    await eventually(lambda: earlier.contact_id in cem.handled)
    assert later.lineage.previous_id == earlier.contact_id
    assert (earlier.agent_id, later.agent_id) == ("cem", "ana")


def _transfers_to(queue: str):
    def judge(person, offer):
        person.habits.transfer_to[offer.contact_id] = queue
        return "accept"

    return judge


def _ended_offers(person, outcome: int) -> list:
    ends = (e.offer_ended for e in person.seen if e.WhichOneof("event") == "offer_ended")
    return [end for end in ends if end.outcome == outcome]


def _one_ended(found: list) -> bool:
    return len(found) == 1 and _all_ended(found)


def _all_ended(found: list) -> bool:
    return all(contact.HasField("ended_at") for contact in found)
