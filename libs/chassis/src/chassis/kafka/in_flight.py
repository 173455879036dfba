"""Records on their way to the broker, and what their senders are told."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field

from chassis.errors import Unavailable
from chassis.kafka import metrics
from chassis.kafka.records import Headers, Position

MAX_RECORDS = 10_000
MAX_BYTES = 64 * 1024 * 1024

Place = tuple[str, int]


@dataclass(slots=True, eq=False)
class Sending:
    """One record on its way; `place` is known once it was given to the client."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    outcome: "asyncio.Future[Position]"
    began: float = field(default_factory=time.monotonic)
    place: Place | None = None
    timer: asyncio.TimerHandle | None = None
    is_overdue: bool = False

    @property
    def size(self) -> int:
        """Bytes of key, value and headers."""
        size = len(self.key or b"") + len(self.value or b"")
        return size + sum(len(name) + len(value) for name, value in self.headers)


class InFlight:
    """Bounds what waits for the broker in number, bytes and time."""

    def __init__(self, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        self._overdue: Counter[Place] = Counter()
        self._records = 0
        self._bytes = 0
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def is_full(self) -> bool:
        """Whether more would be too much."""
        return self._records >= MAX_RECORDS or self._bytes >= MAX_BYTES

    def add(self, sending: Sending) -> None:
        """Its time runs from now."""
        self._records += 1
        self._bytes += sending.size
        metrics.IN_FLIGHT_RECORDS.inc()
        metrics.IN_FLIGHT_BYTES.inc(sending.size)
        self._empty.clear()
        loop = asyncio.get_running_loop()
        sending.timer = loop.call_later(self._timeout_seconds, self._give_up, sending)

    def is_stuck(self, place: Place) -> bool:
        """Whether an earlier record of that partition is overdue."""
        return self._overdue[place] > 0

    async def all_settled(self) -> None:
        """Return when nothing is on its way."""
        await self._empty.wait()

    def settle(
        self, sending: Sending, outcome: str, position: Position | None, error: Exception | None
    ) -> None:
        """The record is written, refused, or lost; its sender hears it if it still listens."""
        self._records -= 1
        self._bytes -= sending.size
        metrics.IN_FLIGHT_RECORDS.dec()
        metrics.IN_FLIGHT_BYTES.dec(sending.size)
        if self._records == 0:
            self._empty.set()
        if sending.timer is not None:
            sending.timer.cancel()
        if sending.is_overdue and sending.place is not None:
            self._overdue[sending.place] -= 1
        if sending.outcome.done():
            return
        metrics.SENT.labels(sending.topic, outcome).inc()
        if error is not None:
            sending.outcome.set_exception(error)
        elif position is not None:
            metrics.SEND_SECONDS.labels(sending.topic).observe(time.monotonic() - sending.began)
            sending.outcome.set_result(position)

    def _give_up(self, sending: Sending) -> None:
        """The time is over: the sender hears *unknown*, and the partition counts as away."""
        if sending.place is not None:
            sending.is_overdue = True
            self._overdue[sending.place] += 1
        if sending.outcome.done():
            return
        metrics.SENT.labels(sending.topic, "unknown").inc()
        waited = time.monotonic() - sending.began
        sending.outcome.set_exception(
            Unavailable(f"no acknowledgement for {sending.topic} in {waited:.1f} s: unknown")
        )
