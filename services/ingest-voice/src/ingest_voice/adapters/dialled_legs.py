"""The ways to the phones that we call."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from baresip import (
    BaresipError,
    Call,
    Event,
    StackEvent,
    StaleHandleError,
    UserAgent,
)
from baresip.runtime import Runtime

from ingest_voice.domain.engine_events import LegAnswered, LegFailed, LegHungUp, LegRinging, Side
from ingest_voice.handlers.ports import CallGone, EngineRefused, OnEngineEvent

_ADDRESS = re.compile(r"sips?:[^\s<>\"]{1,250}")
_CAUSES = {
    "403": "refused",
    "408": "no_answer",
    "480": "no_answer",
    "486": "busy",
    "487": "no_answer",
    "600": "busy",
    "603": "refused",
}


@dataclass(slots=True)
class _Leg:
    call_key: str
    leg_key: str
    call: Call
    is_answered: bool = False
    is_ended_by_us: bool = False
    is_out_of_time: bool = False
    timer: asyncio.TimerHandle | None = None


class DialledLegs:
    """Dials phones and tells what becomes of each leg."""

    def __init__(
        self,
        runtime: Runtime,
        agent: UserAgent,
        emit: OnEngineEvent,
        on_new_audio: Callable[[], object],
    ) -> None:
        self._runtime = runtime
        self._agent = agent
        self._emit = emit
        self._on_new_audio = on_new_audio
        self._legs: dict[str, _Leg] = {}
        self._cancels: set[asyncio.Task[None]] = set()

    def stop(self) -> None:
        for leg in self._legs.values():
            if leg.timer is not None:
                leg.timer.cancel()

    def answered(self, leg_key: str) -> Call:
        """The call behind an answered leg. Raises CallGone if it has ended."""
        leg = self._legs.get(leg_key)
        if leg is None or not leg.is_answered:
            raise CallGone(f"leg {leg_key!r} has ended")
        return leg.call

    async def dial(
        self,
        call_key: str,
        leg_key: str,
        address: str,
        *,
        headers: dict[str, str],
        timeout_seconds: float,
    ) -> None:
        if not _ADDRESS.fullmatch(address):
            raise EngineRefused("there is no usable address")
        # The first events may come before `dial` returns.
        early: list[StackEvent] = []
        self._runtime.subscribe(early.append)
        try:
            call = await self._agent.dial(address, headers=headers)
        except (BaresipError, ValueError) as error:
            raise EngineRefused("the phone could not be called") from error
        finally:
            self._runtime.unsubscribe(early.append)
        self._on_new_audio()
        leg = _Leg(call_key, leg_key, call)
        self._legs[leg_key] = leg
        loop = asyncio.get_running_loop()
        leg.timer = loop.call_later(timeout_seconds, self._out_of_time, leg)
        for event in early:
            if event.call == call.handle:
                self._on_event(leg, event)
        call.on(lambda event: self._on_event(leg, event))

    async def hang_up(self, leg_key: str) -> None:
        leg = self._legs.get(leg_key)
        if leg is None:
            raise CallGone(f"leg {leg_key!r} has ended")
        leg.is_ended_by_us = True
        await sent(leg.call.hangup())

    def _on_event(self, leg: _Leg, event: StackEvent) -> None:
        if event.event is Event.CALL_RINGING:
            self._emit(LegRinging(call_key=leg.call_key, leg_key=leg.leg_key))
        elif event.event is Event.CALL_ESTABLISHED and not leg.is_answered:
            leg.is_answered = True
            self._stop_timer(leg)
            self._emit(LegAnswered(call_key=leg.call_key, leg_key=leg.leg_key))
        elif event.event is Event.CALL_CLOSED:
            self._closed(leg, event.text or "")

    def _closed(self, leg: _Leg, cause: str) -> None:
        if self._legs.pop(leg.leg_key, None) is None:
            return
        self._stop_timer(leg)
        if leg.is_answered:
            by = Side.US if leg.is_ended_by_us else Side.FAR_END
            self._emit(LegHungUp(call_key=leg.call_key, leg_key=leg.leg_key, by=by, cause=cause))
            return
        failed = "no_answer" if leg.is_out_of_time else _CAUSES.get(cause[:3], "unreachable")
        self._emit(LegFailed(call_key=leg.call_key, leg_key=leg.leg_key, cause=failed))

    def _out_of_time(self, leg: _Leg) -> None:
        leg.is_out_of_time = True
        cancelling = asyncio.get_running_loop().create_task(self._cancel(leg))
        self._cancels.add(cancelling)
        cancelling.add_done_callback(self._cancels.discard)

    async def _cancel(self, leg: _Leg) -> None:
        try:
            await sent(leg.call.hangup())
        except EngineRefused:
            self._closed(leg, "")

    def _stop_timer(self, leg: _Leg) -> None:
        if leg.timer is not None:
            leg.timer.cancel()


async def sent(command: Awaitable[None]) -> None:
    """Send a command; what has ended already raises CallGone."""
    try:
        await command
    except StaleHandleError as error:
        raise CallGone("the call has ended") from error
    except BaresipError as error:
        raise EngineRefused(str(error)) from error
