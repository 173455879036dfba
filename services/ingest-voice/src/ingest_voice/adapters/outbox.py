"""Tells facts to Kafka in order, and again until it has them."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from opentelemetry import trace
from opentelemetry.trace import SpanKind

from chassis import events
from chassis.errors import Unavailable
from chassis.kafka import Producer
from chassis.part import Part
from ingest_voice import metrics
from ingest_voice.adapters.codec.facts import Sealer, Writing, Written, written
from ingest_voice.domain.facts import ContactArrived, Fact
from ingest_voice.handlers.ports import NotTaken

log = logging.getLogger(__name__)

_MAX_WAITING = 20_000
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 2.0


class OutboxFull(Exception):
    """Kafka was away for so long that facts would be lost: the process must end."""


@dataclass(frozen=True, slots=True)
class _Record:
    """A fact as it will be sent, with the trace in which it was told."""

    record: Written
    headers: list[tuple[str, bytes]]


class KafkaOutbox(Part):
    """One line for all calls. A fact is sealed when it is told, and sent when its turn comes."""

    def __init__(self, producer: Producer, sealer: Sealer, workspace: str, source: str) -> None:
        self._producer = producer
        self._sealer = sealer
        self._workspace = workspace
        self._source = source
        self._waiting: deque[_Record | Callable[[], None]] = deque()
        self._something = asyncio.Event()
        self._is_stuck = False
        self._is_stopping = False
        self._is_overfull = False
        self._idle = asyncio.Event()
        self._idle.set()
        metrics.OUTBOX_WAITING.set_function(lambda: len(self._waiting))

    async def run(self) -> None:
        """Send until stopped and empty."""
        self._idle.clear()
        try:
            while self._waiting or not self._is_stopping:
                await self._turn()
        finally:
            self._idle.set()

    async def stop(self) -> None:
        """Send what is left, as long as the lifecycle waits; the journal knows the rest."""
        self._is_stopping = True
        self._something.set()
        await self._idle.wait()

    async def _turn(self) -> None:
        if self._is_overfull:
            raise OutboxFull(f"{len(self._waiting)} facts wait for Kafka")
        if not self._waiting:
            self._something.clear()
            await self._something.wait()
            return
        first = self._waiting[0]
        if isinstance(first, _Record):
            await self._send_patiently(first)
        else:
            first()
        self._waiting.popleft()

    async def arrive(self, fact: ContactArrived) -> None:
        """Return once Kafka has it. Raises NotTaken after the delivery timeout."""
        if self._is_stuck:
            raise NotTaken("Kafka is away", is_unknown=False)
        with trace.get_tracer("ingest-voice").start_as_current_span(
            "call arrives", kind=SpanKind.PRODUCER
        ):
            record = self._written(fact, fact.conversation_id, fact.key_id)
            try:
                await self._send(record)
            except Unavailable as error:
                raise NotTaken(str(error), is_unknown=True) from error

    def tell(self, fact: Fact, *, conversation_id: str, key_id: str) -> None:
        """Put a fact in line."""
        self._put(self._written(fact, conversation_id, key_id))

    def when_told(self, done: Callable[[], None]) -> None:
        """Call `done` once everything told so far is in the log."""
        self._put(done)

    def _put(self, item: _Record | Callable[[], None]) -> None:
        self._is_overfull = self._is_overfull or len(self._waiting) >= _MAX_WAITING
        if not self._is_overfull:
            self._waiting.append(item)
        # Else the process ends; the next start tells from journal and book what is not told here.
        self._something.set()

    def _written(self, fact: Fact, conversation_id: str, key_id: str) -> _Record:
        now = datetime.now(UTC)
        writing = Writing(
            fact=fact,
            workspace=self._workspace,
            source=self._source,
            conversation_id=conversation_id,
            key_id=key_id,
            now=now,
        )
        record = written(writing, self._sealer)
        headers = events.headers(record.event_id, record.event_type, self._source, now)
        return _Record(record, headers)

    async def _send_patiently(self, record: _Record) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while not self._is_overfull:
            try:
                await self._send(record)
            except Unavailable as error:
                if not self._is_stuck:
                    log.warning("facts wait for Kafka", extra={"error": str(error)})
                self._is_stuck = True
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            else:
                self._is_stuck = False
                return

    async def _send(self, item: _Record) -> None:
        record = item.record
        await self._producer.send(record.topic, record.key, record.value, item.headers)
