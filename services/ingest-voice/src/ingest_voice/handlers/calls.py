"""The calls that this process holds, and what comes in about them."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ingest_voice import metrics
from ingest_voice.domain.call import Call
from ingest_voice.domain.calling_back import CALLING, customer_answered, customer_failed
from ingest_voice.domain.dialling import DialCustomer
from ingest_voice.domain.effects import (
    Dial,
    Effect,
    Follow,
    Forget,
    Rebind,
    StartTimer,
    StopTimer,
    Unfollow,
)
from ingest_voice.domain.ending import customer_hung_up
from ingest_voice.domain.engine_events import (
    CallAnswered,
    CallHungUp,
    CallOffered,
    CustomerNotReached,
    DigitPressed,
    EngineEvent,
    LegAnswered,
    LegFailed,
    LegHungUp,
    LegRinging,
    PromptFinished,
    RecordingFinished,
)
from ingest_voice.domain.facts import ChannelFailed
from ingest_voice.domain.legs import leg_answered, leg_failed, leg_hung_up
from ingest_voice.domain.obeying import obey
from ingest_voice.domain.orders import Order
from ingest_voice.domain.speech import digit_pressed, prompt_finished, timed_out
from ingest_voice.handlers.effects import Effects
from ingest_voice.handlers.held import Held
from ingest_voice.handlers.intake import Intake, Refused
from ingest_voice.handlers.ports import EngineRefused, Journal, Keys
from ingest_voice.handlers.session import Session
from ingest_voice.handlers.tasks import Tasks

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    max_calls: int


class Calls:
    """Holds every live call; everything happens on one loop, in order per call."""

    def __init__(
        self,
        intake: Intake,
        effects: Effects,
        journal: Journal,
        keys: Keys,
        limits: Limits,
        on_failure: Callable[[BaseException], None],
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._intake = intake
        self._effects = effects
        self._journal = journal
        self._keys = keys
        self._limits = limits
        self._now_ms = now_ms
        self._held = Held()
        self._arriving: set[str] = set()
        self._tasks = Tasks(on_failure)
        self._is_draining = False
        self._all_over = asyncio.Event()
        metrics.LIVE_CALLS.set_function(self._live)

    def _live(self) -> int:
        return len(self._held) + len(self._arriving)

    # -- From the engine ------------------------------------------------------------------------

    def on_engine_event(self, event: EngineEvent) -> None:
        """Take one event of the engine."""
        if isinstance(event, CallOffered):
            self._tasks.spawn(self._receive(event))
            return
        session = self._held.of_call(event.call_key)
        if isinstance(event, CallHungUp):
            self._arriving.discard(event.call_key)
        if session is not None:
            self._on_event(session, event)

    def _on_event(self, session: Session, event: EngineEvent) -> None:
        match event:
            case CallAnswered() if session.dialled is not None:
                session.apply(customer_answered)
            case CallAnswered():
                session.answered()
            case CustomerNotReached():
                session.apply(lambda call: customer_failed(call, event.cause))
            case CallHungUp():
                self._customer_gone(session)
            case DigitPressed() if session.is_overrun:
                log.warning("a key dropped", extra={"contact.id": session.call.contact_id})
            case DigitPressed():
                session.apply(lambda call: digit_pressed(call, event.digit))
            case PromptFinished():
                session.apply(
                    lambda call: prompt_finished(
                        call, event.prompt_id, is_interrupted=event.is_interrupted
                    )
                )
            case LegAnswered():
                metrics.AGENT_LEGS.labels("answered").inc()
                session.apply(lambda call: leg_answered(call, event.leg_key))
            case LegFailed():
                metrics.AGENT_LEGS.labels(event.cause).inc()
                session.apply(lambda call: leg_failed(call, event.leg_key, event.cause))
            case LegHungUp():
                session.apply(lambda call: leg_hung_up(call, event.leg_key))
            case RecordingFinished():
                self._tasks.spawn(self._effects.store_recording(session, event), is_kept=True)
            case LegRinging() | CallOffered():
                return

    async def _receive(self, offered: CallOffered) -> None:
        """Take a new call in, or refuse it."""
        call_key = offered.call_key
        self._arriving.add(call_key)
        try:
            if self._is_draining or self._live() > self._limits.max_calls:
                raise Refused(503, "draining" if self._is_draining else "full")
            arrived = await self._intake.take_in(offered, self._now_ms())
        except Refused as refused:
            metrics.CALLS.labels(refused.reason).inc()
            log.info("call refused", extra={"reason": refused.reason, "status": refused.status})
            await self._reject(call_key, refused.status)
            return
        call = Call(call_key=call_key, contact_id=arrived.contact_id)
        session = Session(call, arrived.conversation_id, arrived.key_id)
        self._held.add(session)
        session.work = self._tasks.spawn(self._work(session))
        if call_key not in self._arriving:
            metrics.CALLS.labels("left_before_answer").inc()
            self._customer_gone(session)
            return
        self._arriving.discard(call_key)
        metrics.CALLS.labels("answered").inc()
        log.info("call taken", extra={"contact.id": arrived.contact_id})
        await self._answer(session)

    async def _answer(self, session: Session) -> None:
        try:
            await self._effects.engine.answer(session.call.call_key)
        except EngineRefused as error:
            log.warning("a call could not be answered", extra={"error": str(error)})
            await self._reject(session.call.call_key, 503)

    async def _reject(self, call_key: str, status: int) -> None:
        self._arriving.discard(call_key)
        self._note_end()
        try:
            await self._effects.engine.reject(call_key, status)
        except EngineRefused:
            log.info("a refused call had left already")

    def _customer_gone(self, session: Session) -> None:
        # Nobody hears what was wanted before the answer.
        session.held_back.clear()
        session.is_answered = True
        session.apply(customer_hung_up)

    # -- From the flow and the router -----------------------------------------------------------

    def holds(self, contact_id: str) -> bool:
        """Whether the contact's call is ours."""
        return self._held.of_contact(contact_id) is not None

    def when_ours(self, tell: Callable[[str], None]) -> None:
        """Call `tell` with each contact whose call we hold from then on."""
        self._held.on_new_name = tell

    def on_order(self, order: Order, command_id: str = "") -> None:
        """Carry out an order for a call that is ours; others are another replica's."""
        session = self._held.of_contact(order.contact_id)
        if session is None or (command_id and not session.is_new(command_id)):
            return
        if session.is_overrun:
            log.warning("an order dropped: too many wait", extra={"contact.id": order.contact_id})
            return
        metrics.ORDERS.labels(type(order).__name__).inc()
        session.apply(lambda call: obey(call, order))
        self._held.rename(session)

    @property
    def has_room(self) -> bool:
        """Whether one more call may begin here."""
        return not self._is_draining and self._live() < self._limits.max_calls

    def begin(self, session: Session, effects: tuple[Effect, ...]) -> None:
        """Hold a call that we place."""
        session.is_answered = True
        self._held.add(session)
        session.work = self._tasks.spawn(self._work(session))
        for effect in effects:
            session.effects.put_nowait(effect)

    # -- Effects --------------------------------------------------------------------------------

    async def _work(self, session: Session) -> None:
        """Carry out the effects of one call, one after the other, until it is over."""
        while (effect := await session.effects.get()) is not None:
            match effect:
                case StartTimer():
                    session.start_timer(effect.seconds, lambda: session.apply(timed_out))
                case StopTimer():
                    session.stop_timer()
                case Rebind():
                    self._journal.rebound(effect.old_contact_id, effect.contact_id)
                case Follow():
                    self._journal.followed(effect.contact_id)
                case Unfollow():
                    self._journal.closed(effect.contact_id)
                case Forget():
                    self._forget(session)
                    return
                case _:
                    await self._carry_out(session, effect)

    async def _carry_out(self, session: Session, effect: Effect) -> None:
        try:
            await self._effects.carry_out(session, effect)
        except EngineRefused as error:
            log.warning("a phone could not be called", extra={"error": str(error)})
            if isinstance(effect, DialCustomer):
                session.apply(lambda call: customer_failed(call, "unreachable"))
            elif isinstance(effect, Dial):
                leg_key = effect.leg_key
                session.apply(lambda call: leg_failed(call, leg_key, "unreachable"))

    def _forget(self, session: Session) -> None:
        session.stop_timer()
        self._held.remove(session)
        for name in session.names:
            self._effects.outbox.when_told(partial(self._journal.closed, name))
        self._keys.release(session.key_id)
        self._note_end()
        log.info("call over", extra={"contact.id": session.call.contact_id})

    # -- The end of the process -----------------------------------------------------------------

    async def drain(self) -> None:
        """Take no new calls, and return when the last one is over and its recording told."""
        self._is_draining = True
        self._note_end()
        await self._all_over.wait()
        await self.recordings_told()

    async def recordings_told(self) -> None:
        """Return when the recordings that have ended are on disk and in line for the log."""
        await self._tasks.kept()

    def _note_end(self) -> None:
        if self._is_draining and not self._held and not self._arriving:
            self._all_over.set()

    async def give_up(self) -> None:
        """End the calls that outlast the drain, and say so."""
        self._is_draining = True
        for session in self._held.all():
            if session.call.phase in CALLING:
                # Nobody is on the line: the next start says that the dial is unknown.
                continue
            for name in session.names:
                self._effects.outbox.tell(
                    ChannelFailed(contact_id=name, reason="shut_down"),
                    conversation_id=session.conversation_id,
                    key_id=session.key_id,
                )
                self._effects.outbox.when_told(partial(self._journal.closed, name))
        self._tasks.cancel()
