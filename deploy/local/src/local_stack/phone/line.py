"""One call of the phone: it sends a tone or silence, hears, and tells what it hears."""

import asyncio
import json
import time
from collections.abc import Sequence

from baresip import (
    AudioNotActive,
    AudioRestarted,
    BaresipError,
    Call,
    Event,
    StackEvent,
)

from local_stack.phone.tones import RATE, sine, tone_share

TICK_SECONDS = 0.02
_AHEAD_BYTES = RATE * 2 // 8
_LISTEN_BYTES = RATE * 2 * 2 // 5
_KEPT_BYTES = 900 * RATE * 2
_HEARD_SHARE = 0.3


def tell(event: str, **fields: object) -> None:
    """One JSON line on standard output."""
    print(json.dumps({"event": event, "at": round(time.time(), 3), **fields}), flush=True)


class Line:
    """A call in either direction, until it is over."""

    def __init__(
        self, number: int, call: Call, *, tone: float, listens_for: Sequence[float]
    ) -> None:
        self.call = call
        self.tone = tone
        self.is_over = asyncio.Event()
        self.heard = bytearray()
        self._number = number
        self._listens_for = listens_for
        self._sent_samples = 0
        self._window = bytearray()
        self._hears: list[float] = []
        self.is_answered = False
        call.on(self.on_event)

    def tell(self, event: str, **fields: object) -> None:
        tell(event, call=self._number, **fields)

    def on_event(self, event: StackEvent) -> None:
        if event.event is Event.CALL_RINGING:
            self.tell("ringing")
        elif event.event is Event.CALL_ESTABLISHED:
            self.is_answered = True
            self.tell("answered")
        elif event.event is Event.CALL_DTMF_START:
            self.tell("digit", digit=event.text)
        elif event.event is Event.CALL_CLOSED:
            self.is_answered = False
            self.is_over.set()
            self.tell("ended", cause=event.text or "")

    async def run_audio(self) -> None:
        """Speak and listen, 20 ms at a time, until the call is over."""
        due = time.monotonic()
        while not self.is_over.is_set():
            try:
                self._tick()
            except (AudioNotActive, AudioRestarted):
                # The next tick finds the new streams, if there are any.
                self._window.clear()
            due = max(due + TICK_SECONDS, time.monotonic() - 0.2)
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    def _tick(self) -> None:
        audio = self.call.audio
        samples = (_AHEAD_BYTES - audio.info().tx_buffered) // 2
        if self.tone and samples > 0:
            audio.write(sine(self.tone, self._sent_samples, samples))
            self._sent_samples += samples
        heard = audio.read(RATE)
        if len(self.heard) < _KEPT_BYTES:
            self.heard += heard
        if self._listens_for:
            self._window += heard
            if len(self._window) >= _LISTEN_BYTES:
                self._listen(bytes(self._window))
                self._window.clear()

    def _listen(self, window: bytes) -> None:
        hears = [f for f in self._listens_for if tone_share(window, f) > _HEARD_SHARE]
        if hears != self._hears:
            self._hears = hears
            self.tell("hears", frequencies=hears)

    async def send_digits(self, digits: str) -> None:
        try:
            await self.call.send_dtmf(digits)
        except BaresipError as error:
            self.tell("failed", error=type(error).__name__)

    async def answer(self) -> None:
        try:
            await self.call.answer()
        except BaresipError as error:
            self.tell("failed", error=type(error).__name__)

    async def hang_up(self) -> None:
        """End the call; before it is answered, refuse it."""
        try:
            await self.call.hangup()
        except BaresipError:
            self.is_over.set()
