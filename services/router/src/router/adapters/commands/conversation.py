"""Says facts to the router and waits for the steps that answer them."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import uuid4

from chassis.events import headers
from chassis.kafka import FollowConsumer, FromEnd, Producer, Record
from chassis.part import Part
from router.adapters.codec.steering import Answer, Saying, read_answer
from router.adapters.commands.policy_log import TOPICS, PolicyLog
from router.adapters.commands.settings import CommandSettings
from router.adapters.log_reader import LogReader
from router.adapters.outbox import INPUT, OUTPUT

SOURCE = "policy-command"
ANSWER_SECONDS = 10.0

Write = Callable[[Saying], bytes]


class NoAnswer(Exception):
    """The router has not said anything in time; what was said stays in the log."""


class Conversation:
    """Usable inside `talking`."""

    def __init__(self, settings: CommandSettings, producer: Producer, reader: LogReader) -> None:
        self._settings = settings
        self._producer = producer
        self.log = PolicyLog(settings, reader)
        self._answers: dict[str, Answer] = {}
        self._heard = asyncio.Event()

    async def hear(self, record: Record) -> None:
        """Remember what a step answers."""
        answer = read_answer(record.value)
        if answer is not None and answer.workspace == self._settings.workspace:
            self._answers[answer.event_id] = answer
            self._heard.set()

    async def say(self, kind: str, writes: list[Write]) -> list[Answer]:
        """Append these facts in order; return the router's answers in the same order."""
        ids = [str(uuid4()) for _ in writes]
        now = time.time()
        for event_id, write in zip(ids, writes, strict=True):
            saying = Saying(
                event_id=event_id,
                workspace=self._settings.workspace,
                source=SOURCE,
                milliseconds=round(now * 1000),
            )
            about = headers(event_id, kind, SOURCE, datetime.fromtimestamp(now, UTC))
            await self._producer.send(INPUT, self._settings.workspace, write(saying), about)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                while not all(event_id in self._answers for event_id in ids):
                    self._heard.clear()
                    await self._heard.wait()
        except TimeoutError:
            raise NoAnswer from None
        return [self._answers[event_id] for event_id in ids]


@asynccontextmanager
async def talking(settings: CommandSettings) -> AsyncIterator[Conversation]:
    """Connect, follow the steps, disconnect."""
    producer = Producer(settings, SOURCE)
    reader = LogReader(settings)
    conversation = Conversation(settings, producer, reader)
    steps = FollowConsumer(settings, [OUTPUT], conversation.hear, FromEnd(), name=SOURCE)
    parts: list[Part] = [producer, steps]
    work: asyncio.Task[None] | None = None
    try:
        await reader.start(TOPICS)
        for part in parts:
            await part.start()
        work = asyncio.create_task(steps.run())
        yield conversation
    finally:
        for part in reversed(parts):
            await part.stop()
        await reader.stop()
        if work is not None:
            await asyncio.wait([work])
