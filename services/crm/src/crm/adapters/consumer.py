"""What crm reads from the topics."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from chassis.events import continued_trace, headers
from chassis.kafka import DeadLetters, Position, Producer, Record
from crm import handlers, metrics
from crm.adapters.codec.records import (
    identification_inputs,
    identified_event,
    said,
    timeline_step,
)
from crm.adapters.customer_book import PostgresCustomerBooks
from crm.adapters.timeline_store import TimelineStore
from crm.domain.identification import Arrival

ARRIVAL_TOPICS = ("contact-events.v1",)
STEP_TOPICS = ("routing-events.v1",)
TIMELINE_TOPICS = ("routing-events.v1", "message-events.v1")


class ParkedOnce:
    """Both consumers read routing-events.v1: the timeline's parks what nobody understands."""

    def __init__(self, dead_letters: DeadLetters) -> None:
        self._dead_letters = dead_letters

    async def park(self, record: Record, reason: str) -> None:
        """Park a record that only the identification reads."""
        if record.topic not in TIMELINE_TOPICS:
            await self._dead_letters.park(record, reason)


class Identification:
    """Says CustomerIdentified for each contact that arrives."""

    def __init__(self, books: PostgresCustomerBooks, producer: Producer, source: str) -> None:
        self._books = books
        self._producer = producer
        self._source = source

    async def handle_batch(self, records: Sequence[Record]) -> None:
        """Return when every answer is in the log; all of it may be done again."""
        # All are read before anything is done, so that an invalid one repeats nothing.
        inputs = [(record, identification_inputs(record)) for record in records]
        sent: list[asyncio.Future[Position]] = []
        try:
            for record, asked in inputs:
                for one in asked:
                    with continued_trace(record, "identify customer"):
                        sent += await self._answer(one)
        finally:
            outcomes = await asyncio.gather(*sent, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def _answer(self, asked: Arrival | handlers.KeyUse) -> list["asyncio.Future[Position]"]:
        if isinstance(asked, handlers.KeyUse):
            await handlers.note_key(asked, self._books)
            return []
        began = time.monotonic()
        identified = await handlers.identify(asked, self._books)
        metrics.IDENTIFY_SECONDS.observe(time.monotonic() - began)
        return [self._send(one) for one in identified]

    def _send(self, identified: handlers.Identified) -> "asyncio.Future[Position]":
        metrics.IDENTIFIED.labels("new" if identified.is_new else "known").inc()
        now = datetime.now(UTC)
        event_id, value = identified_event(identified, self._source, now)
        return self._producer.send_soon(
            "contact-events.v1",
            identified.workspace,
            value,
            headers(event_id, "CustomerIdentified", self._source, now),
        )


class TimelineProjection:
    """Folds steps and messages into the tables."""

    def __init__(self, store: TimelineStore) -> None:
        self._store = store

    async def handle_batch(self, records: Sequence[Record]) -> None:
        """All records of one partition in one transaction."""
        last = records[-1]
        if last.topic == "routing-events.v1":
            steps = [timeline_step(record) for record in records]
            count = await self._store.apply_steps(steps, last.partition, last.offset + 1)
        else:
            words = [word for word in map(said, records) if word is not None]
            count = await self._store.apply_said(words, last.partition, last.offset + 1)
        metrics.PROJECTED.labels(last.topic).inc(count)
