"""Says facts to the router and waits for the steps that answer them."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import uuid4

from chassis.events import attribute, headers
from chassis.kafka import FollowConsumer, FromEnd, Producer, Record
from chassis.part import Part
from router.adapters.codec.steering import Answer, RosterWord, Saying, read_answer, read_roster_word
from router.adapters.commands.settings import CommandSettings
from router.adapters.log_reader import LogReader
from router.adapters.outbox import INPUT, OUTPUT, POLICIES
from router.domain.policy import Policy

SOURCE = "policy-command"
ANSWER_SECONDS = 10.0
ROSTER_WORDS = ("AgentDefined", "AgentRemoved")

Write = Callable[[Saying], bytes]


class NoAnswer(Exception):
    """The router has not said anything in time; what was said stays in the log."""


class Conversation:
    """Usable inside `talking`."""

    def __init__(self, settings: CommandSettings, producer: Producer, reader: LogReader) -> None:
        self._settings = settings
        self._producer = producer
        self._reader = reader
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

    async def active_policy(self, read: Callable[[bytes], Policy]) -> Policy | None:
        """Return the policy that is active, as the compacted topic says."""
        found: Policy | None = None
        for partition in range(self._reader.partitions[POLICIES]):
            first, end = await self._reader.bounds(POLICIES, partition)
            async for raw in self._reader.read(POLICIES, partition, first, end):
                if raw.key == self._settings.workspace.encode():
                    found = read(raw.value)
        return found

    async def roster(self) -> dict[str, RosterWord]:
        """Return the last word about each agent that the log still holds."""
        words: dict[str, RosterWord] = {}
        for partition in range(self._reader.partitions[INPUT]):
            first, end = await self._reader.bounds(INPUT, partition)
            async for raw in self._reader.read(INPUT, partition, first, end):
                is_other = attribute(raw.headers, "ce_type") not in ("", *ROSTER_WORDS)
                if is_other or raw.key != self._settings.workspace.encode():
                    continue
                word = read_roster_word(raw.value)
                if word is not None:
                    words[word.agent_id] = word
        return words


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
        await reader.start((INPUT, POLICIES))
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
