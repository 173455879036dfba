"""The handlers with an engine, a log and a journal written by hand: races no phone can time."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from ingest_voice.domain.effects import Utterance
from ingest_voice.domain.engine_events import (
    CallAnswered,
    CallHungUp,
    CallOffered,
    EngineEvent,
    LegAnswered,
    Side,
)
from ingest_voice.domain.facts import (
    AgentLegFailed,
    ChannelFailed,
    ContactArrived,
    CustomerLeft,
    Fact,
)
from ingest_voice.domain.orders import Connecting, Order, Say, Transferred
from ingest_voice.handlers.calls import Calls, Limits
from ingest_voice.handlers.effects import Effects
from ingest_voice.handlers.intake import Intake
from ingest_voice.handlers.ports import (
    EngineRefused,
    NotTaken,
    OnEngineEvent,
    RecordingSink,
    StoredRecording,
)

from chassis.testing import eventually


@dataclass
class FakeEngine:
    """Notes its commands; `refuses` names those that fail."""

    commands: list[str] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)

    def _note(self, command: str, *what: str) -> None:
        self.commands.append(" ".join((command, *what)))
        if command in self.refuses:
            raise EngineRefused(command)

    async def start(self, on_event: OnEngineEvent) -> None: ...
    async def stop(self) -> None: ...
    async def answer(self, call_key: str) -> None:
        self._note("answer", call_key)

    async def reject(self, call_key: str, status: int) -> None:
        self._note("reject", call_key, str(status))

    async def hang_up(self, call_key: str) -> None:
        self._note("hang_up", call_key)

    def play(self, call_key: str, prompt_id: str, pcm: bytes, *, is_interruptible: bool) -> None:
        self._note("play", prompt_id)

    def play_music(self, call_key: str) -> None:
        self._note("music")

    def stop_playing(self, call_key: str) -> None:
        self._note("silence")

    async def dial(
        self,
        call_key: str,
        leg_key: str,
        address: str,
        *,
        headers: dict[str, str],
        timeout_seconds: float,
    ) -> None:
        self._note("dial", address)

    async def hang_up_leg(self, leg_key: str) -> None:
        self._note("hang_up_leg", leg_key)

    def bridge(self, call_key: str, leg_key: str) -> None:
        self._note("bridge", leg_key)

    def unbridge(self, call_key: str) -> None:
        self._note("unbridge")

    def hold(self, call_key: str) -> None:
        self._note("hold")

    def resume(self, call_key: str) -> None:
        self._note("resume")

    def record(self, call_key: str, sink: RecordingSink) -> None:
        self._note("record")

    def stop_recording(self, call_key: str) -> None:
        self._note("stop_recording")


@dataclass
class FakeOutbox:
    """Takes everything, unless it is told otherwise."""

    facts: list[Fact] = field(default_factory=list)
    error: NotTaken | None = None
    may_take: asyncio.Event = field(default_factory=asyncio.Event)

    async def arrive(self, fact: ContactArrived) -> None:
        await self.may_take.wait()
        if self.error is not None:
            raise self.error
        self.facts.append(fact)

    def tell(self, fact: Fact, *, conversation_id: str, key_id: str) -> None:
        self.facts.append(fact)

    def when_told(self, done: Callable[[], None]) -> None:
        done()


@dataclass
class FakeJournal:
    open: set[str] = field(default_factory=set)

    async def opened(self, contact_id: str) -> None:
        self.open.add(contact_id)

    def rebound(self, old_contact_id: str, new_contact_id: str) -> None:
        self.open.remove(old_contact_id)
        self.open.add(new_contact_id)

    def closed(self, contact_id: str) -> None:
        self.open.discard(contact_id)


class FakeWorld:
    """Directory, phone book, keys, speech and recordings, all willing."""

    released = 0

    def entry_point_of(self, to_uri: str) -> str | None:
        return "main" if to_uri == "sip:1@h" else None

    def caller_of(self, from_uri: str) -> str:
        return ""

    async def take(self) -> str:
        return "key"

    def release(self, key_id: str) -> None:
        self.released += 1

    async def pcm(self, text: str) -> bytes:
        return b"\0" * 320

    def begin(self, contact_id: str, key_id: str) -> RecordingSink:
        raise AssertionError("recording is off")

    async def stored(self, recording_id: str) -> StoredRecording | None:
        return None


class Desk:
    """All of it together."""

    def __init__(self) -> None:
        self.engine, self.outbox, self.journal = FakeEngine(), FakeOutbox(), FakeJournal()
        self.world = FakeWorld()
        self.errors: list[BaseException] = []
        intake = Intake(
            directory=self.world,
            phone_book=self.world,
            keys=self.world,
            journal=self.journal,
            outbox=self.outbox,
            instance="i",
        )
        effects = Effects(self.engine, self.world, self.outbox, self.world, False)
        self.calls = Calls(
            intake, effects, self.journal, self.world, Limits(2), self.errors.append, lambda: 1
        )
        self.outbox.may_take.set()

    def event(self, event: EngineEvent) -> None:
        self.calls.on_engine_event(event)

    def order(self, order: Order) -> None:
        self.calls.on_order(order)

    def offer(self, call_key: str = "k", to: str = "sip:1@h") -> None:
        self.event(
            CallOffered(
                call_key=call_key, sip_call_id=call_key, from_tag="t", from_uri="", to_uri=to
            )
        )

    async def until(self, command: str) -> None:
        await eventually(lambda: command in self.engine.commands, 5)

    async def answered(self, call_key: str = "k") -> str:
        self.offer(call_key)
        await self.until(f"answer {call_key}")
        self.event(CallAnswered(call_key=call_key))
        return next(f.contact_id for f in self.outbox.facts if isinstance(f, ContactArrived))

    def left(self) -> list[str]:
        return [fact.contact_id for fact in self.outbox.facts if isinstance(fact, CustomerLeft)]


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
    await asyncio.wait_for(draining, 5)


async def test_calls_given_up_are_told_as_failed():
    desk = Desk()
    contact_id = await desk.answered()
    await desk.calls.give_up()

    assert desk.outbox.facts[-1] == ChannelFailed(contact_id=contact_id, reason="shut_down")
    assert desk.journal.open == set()
