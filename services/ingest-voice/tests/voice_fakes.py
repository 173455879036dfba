"""An engine, a log and a journal written by hand, for the tests of the handlers."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from chassis.testing import eventually
from ingest_voice.domain.engine_events import (
    CallAnswered,
    CallOffered,
    EngineEvent,
)
from ingest_voice.domain.facts import (
    ContactArrived,
    CustomerLeft,
    Fact,
)
from ingest_voice.domain.orders import Order
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

    async def dial_customer(
        self, call_key: str, address: str, *, headers: dict[str, str], timeout_seconds: float
    ) -> None:
        self._note("dial_customer", address)

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

    def talk(self, call_key: str, leg_keys: tuple[str, ...], *, has_customer: bool) -> None:
        self._note("talk", *leg_keys, *(("customer",) if has_customer else ()))

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

    async def opened(self, contact_id: str, *, has_number: bool) -> None:
        self.open.add(contact_id)

    def followed(self, contact_id: str) -> None:
        self.open.add(contact_id)

    def rebound(self, old_contact_id: str, new_contact_id: str) -> None:
        self.open.remove(old_contact_id)
        self.open.add(new_contact_id)

    def closed(self, contact_id: str) -> None:
        self.open.discard(contact_id)


class FakeWorld:
    """Directory, phone book, keys, speech and recordings, all willing."""

    released = 0
    # What becomes of the next recording that has ended, once it is known.
    kept: "asyncio.Future[StoredRecording] | None" = None

    def entry_point_of(self, to_uri: str) -> str | None:
        return "main" if to_uri == "sip:1@h" else None

    def caller_of(self, from_uri: str) -> str:
        return ""

    async def take(self) -> str:
        return "key"

    async def hold(self, key_id: str) -> None: ...

    def release(self, key_id: str) -> None:
        self.released += 1

    async def pcm(self, text: str) -> bytes:
        return b"\0" * 320

    def begin(self, contact_id: str, key_id: str) -> RecordingSink:
        raise AssertionError("recording is off")

    async def stored(self, recording_id: str) -> StoredRecording | None:
        return None if self.kept is None else await self.kept


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
