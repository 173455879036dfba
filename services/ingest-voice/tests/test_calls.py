"""The handlers with an engine, a log and a journal written by hand: races no phone can time."""

import asyncio

from voice_fakes import Desk

from chassis.testing import eventually
from ingest_voice.domain.effects import Utterance
from ingest_voice.domain.engine_events import (
    CallAnswered,
    CallHungUp,
    LegAnswered,
    RecordingFinished,
    Side,
)
from ingest_voice.domain.facts import (
    AgentLegFailed,
    ChannelFailed,
    ContactArrived,
    CustomerLeft,
    RecordingStored,
)
from ingest_voice.domain.orders import Connecting, Say, Transferred
from ingest_voice.handlers.ports import NotTaken, StoredRecording


async def test_a_caller_who_leaves_before_the_log_has_the_contact_is_not_answered():
    desk = Desk()
    desk.outbox.may_take.clear()
    desk.offer()
    await eventually(lambda: desk.journal.open)
    desk.event(CallHungUp(call_key="k", by=Side.FAR_END, cause=""))
    desk.outbox.may_take.set()
    await eventually(desk.left)

    assert [type(fact) for fact in desk.outbox.facts] == [ContactArrived, CustomerLeft]
    assert desk.engine.commands == []
    assert desk.journal.open == set()
    assert desk.world.released == 1


async def test_an_arrival_of_unknown_outcome_is_refused_and_told_as_left():
    """The log may have it: then it must end."""
    desk = Desk()
    desk.outbox.error = NotTaken("time is over", is_unknown=True)
    desk.offer()
    await desk.until("reject k 503")

    assert len(desk.left()) == 1
    assert desk.journal.open == set()


async def test_an_arrival_that_was_not_sent_is_refused_and_nothing_is_told():
    desk = Desk()
    desk.outbox.error = NotTaken("Kafka is away", is_unknown=False)
    desk.offer()
    await desk.until("reject k 503")

    assert desk.outbox.facts == []
    assert desk.journal.open == set()


async def test_what_is_ordered_before_the_answer_happens_after_it():
    """The flow is faster than the caller's ACK."""
    desk = Desk()
    desk.offer()
    await desk.until("answer k")
    (arrived,) = desk.outbox.facts
    said = Utterance(message_id="m1", text="hello")
    desk.order(Say(contact_id=arrived.contact_id, utterance=said))
    await asyncio.sleep(0.05)
    assert "play m1" not in desk.engine.commands

    desk.event(CallAnswered(call_key="k"))
    await desk.until("play m1")


async def test_a_call_that_cannot_be_answered_is_told_as_left():
    desk = Desk()
    desk.engine.refuses = {"answer"}
    desk.offer()
    await desk.until("reject k 503")
    desk.event(CallHungUp(call_key="k", by=Side.US, cause=""))
    await eventually(desk.left)

    assert desk.journal.open == set()


async def test_an_address_that_cannot_be_dialled_fails_the_leg():
    desk = Desk()
    contact_id = await desk.answered()
    desk.engine.refuses = {"dial"}
    order = Connecting(
        contact_id=contact_id, offer_id="o1", agent_id="a", voice_address="?", connect_seconds=5
    )
    desk.order(order)

    def failed() -> list[AgentLegFailed]:
        return [fact for fact in desk.outbox.facts if isinstance(fact, AgentLegFailed)]

    await eventually(failed)
    assert failed()[0].reason == "unreachable"


async def test_after_a_transfer_the_journal_and_the_orders_know_the_new_contact_only():
    desk = Desk()
    contact_id = await desk.answered()
    order = Connecting(
        contact_id=contact_id, offer_id="o1", agent_id="a", voice_address="s", connect_seconds=5
    )
    desk.order(order)
    desk.event(LegAnswered(call_key="k", leg_key="k/o1"))
    desk.order(Transferred(contact_id=contact_id, new_contact_id="c2"))

    assert desk.calls.holds("c2") and not desk.calls.holds(contact_id)
    await eventually(lambda: desk.journal.open == {"c2"})
    assert "hang_up_leg k/o1" in desk.engine.commands


async def test_beyond_the_limit_calls_are_refused_and_unknown_numbers_are_404():
    desk = Desk()
    desk.offer("nowhere", to="sip:2@h")
    await desk.until("reject nowhere 404")
    for call_key in ("a", "b", "c"):
        desk.offer(call_key)
        await eventually(lambda key=call_key: any(c.endswith((key, f"{key} 503"))
                                                  for c in desk.engine.commands))  # fmt: skip

    assert "reject c 503" in desk.engine.commands
    assert desk.errors == []


async def test_a_drain_ends_with_the_last_call():
    desk = Desk()
    await desk.answered()
    draining = asyncio.create_task(desk.calls.drain())
    await asyncio.sleep(0)
    desk.offer("late")
    await desk.until("reject late 503")
    assert not draining.done()

    desk.event(CallHungUp(call_key="late", by=Side.US, cause=""))
    desk.event(CallHungUp(call_key="k", by=Side.FAR_END, cause=""))
    await asyncio.wait_for(draining, 60)


async def test_the_recording_of_the_last_call_is_told_before_the_drain_ends():
    desk = Desk()
    contact_id = await desk.answered()
    kept = desk.world.kept = asyncio.get_running_loop().create_future()
    finished = RecordingFinished(call_key="k", recording_id="r", duration_seconds=1.0)
    desk.event(finished)
    desk.event(CallHungUp(call_key="k", by=Side.FAR_END, cause=""))
    draining = asyncio.create_task(desk.calls.drain())
    await eventually(desk.left)
    await desk.calls.give_up()
    assert not draining.done()

    kept.set_result(StoredRecording(contact_id=contact_id, uri="u", sha256="s"))
    await asyncio.wait_for(draining, 60)
    assert [f.recording_id for f in desk.outbox.facts if isinstance(f, RecordingStored)] == ["r"]


async def test_calls_given_up_are_told_as_failed():
    desk = Desk()
    contact_id = await desk.answered()
    await desk.calls.give_up()

    assert desk.outbox.facts[-1] == ChannelFailed(contact_id=contact_id, reason="shut_down")
    assert desk.journal.open == set()
