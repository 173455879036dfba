"""What the topics tell of a workspace's policies, roster and live adjustments; reads only."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import NamedTuple, TypeVar

from chassis.errors import Unavailable
from chassis.events import attribute
from router.adapters.codec.steering import (
    Adjustment,
    Answer,
    read_adjustment,
    read_answer,
    read_engine_version,
    read_policy,
    read_proposal,
)
from router.adapters.commands.settings import CommandSettings
from router.adapters.log_flow import partition_of
from router.adapters.log_reader import LogReader
from router.adapters.outbox import INPUT, OUTPUT, POLICIES
from router.domain.policy import Policy
from router.handlers.partition import Raw

TOPICS = (INPUT, OUTPUT, POLICIES)
SEARCH_SECONDS = 120.0
"""How long the log may be searched."""
MOST_STEPS = 200_000
"""How far behind a proposal its answer is looked for."""
CLOCK_SLACK_MS = 60_000
"""How far the clock of the router's host, which stamps the steps, may be behind the log's."""
LAST_STEPS = 500
"""In which the workspace's last step is looked for first; then in all."""
MOST_WORDS = 10
"""About one agent or queue, of which the router may have refused some."""
REPEATED = "repeated:"
ADJUSTMENTS = frozenset({"AgentAdjusted", "QueuePaused"})
PROPOSALS = frozenset({"PolicyProposed"})

Found = TypeVar("Found")


class LogTooLong(Exception):
    """The log could not be searched in the time that a command may take."""


class NoSuchVersion(Exception):
    """The topics do not hold what was asked for; the text says what they do."""


class Live(NamedTuple):
    """An adjustment that counts now; `until` is in ms, 0 for ever."""

    adjustment: Adjustment
    until: int


class PolicyLog:
    """Usable while its reader is connected."""

    def __init__(self, settings: CommandSettings, reader: LogReader) -> None:
        self._workspace = settings.workspace
        self._reader = reader

    async def active(self) -> Policy | None:
        """Return the policy that is active, as the compacted topic says."""
        versions = await self._versions()
        return versions[max(versions)] if versions else None

    async def version(self, number: int) -> Policy | None:
        """Return the policy of that version; None when no topic holds it any more.

        The compacted topic still has it, or the log has the record that proposed it.
        """
        versions = await self._versions()
        if number in versions or number > max(versions, default=0):
            return versions.get(number)
        candidates = [
            (raw, proposal)
            async for raw, proposal in self._search(PROPOSALS, read_proposal)
            if proposal.base_version == number - 1
        ]
        for raw, proposal in reversed(candidates):
            answer = await self._answer(raw, proposal.event_id)
            if answer is not None and answer.version == number:
                return proposal.policy
        return None

    async def live(self, now: int) -> list[Live]:
        """Return the adjustments that count now, as far back as the log tells."""
        said: dict[str, deque[tuple[Raw, Adjustment]]] = {}
        async for raw, adjustment in self._search(ADJUSTMENTS, read_adjustment):
            said.setdefault(adjustment.subject, deque(maxlen=MOST_WORDS)).append((raw, adjustment))
        found = [await self._last(words) for words in said.values()]
        return [live for live in found if live is not None and not 0 < live.until <= now]

    async def engine_version(self) -> int:
        """Return which version of the engine made the last step; 0 without any."""
        partition = self._partition(OUTPUT)
        first, end = await self._reader.bounds(OUTPUT, partition)
        version = 0
        for start in dict.fromkeys((max(first, end - LAST_STEPS), first)):
            async for raw in self._reader.read(OUTPUT, partition, start, end):
                if raw.key == self._workspace.encode():
                    version = read_engine_version(raw.value) or version
            if version:
                break
        return version

    async def _last(self, words: deque[tuple[Raw, Adjustment]]) -> Live | None:
        """Return the last word that the router took over, unless it took the adjustment back."""
        for raw, adjustment in reversed(words):
            answer = await self._answer(raw, adjustment.event_id)
            if answer is None or not answer.refused or answer.refused.startswith(REPEATED):
                lasts = round(adjustment.expires_seconds * 1000)
                live = Live(adjustment, raw.stamp + lasts if lasts else 0)
                return live if adjustment.fields else None
        return None

    async def _versions(self) -> dict[int, Policy]:
        partition = self._partition(POLICIES)
        first, end = await self._reader.bounds(POLICIES, partition)
        found: dict[int, Policy] = {}
        async for raw in self._reader.read(POLICIES, partition, first, end):
            policy = read_policy(raw.value) if raw.key == self._workspace.encode() else None
            if policy is not None and policy.version:
                found[policy.version] = policy
        return found

    async def _search(
        self, kinds: frozenset[str], read: Callable[[bytes], Found | None]
    ) -> AsyncIterator[tuple[Raw, Found]]:
        """Yield what the records of these kinds say, in order; others are not even parsed."""
        partition = self._partition(INPUT)
        first, end = await self._reader.bounds(INPUT, partition)
        try:
            async with asyncio.timeout(SEARCH_SECONDS):
                async for raw in self._reader.read(INPUT, partition, first, end):
                    is_other = attribute(raw.headers, "ce_type") not in ("", *kinds)
                    if is_other or raw.key != self._workspace.encode():
                        continue
                    said = read(raw.value)
                    if said is not None:
                        yield raw, said
        except TimeoutError:
            raise LogTooLong(f"{end - first} records") from None

    async def _answer(self, raw: Raw, event_id: str) -> Answer | None:
        """Return what the router said about the record; None when that is not found."""
        partition = self._partition(OUTPUT)
        since = max(0, raw.stamp - CLOCK_SLACK_MS)
        start = await self._reader.offset_at(OUTPUT, partition, since)
        if start is None:
            return None
        _, end = await self._reader.bounds(OUTPUT, partition)
        steps = self._reader.read(OUTPUT, partition, start, min(end, start + MOST_STEPS))
        async with aclosing(steps):
            async for step in steps:
                answer = read_answer(step.value) if event_id.encode() in step.value else None
                if answer is not None and answer.event_id == event_id:
                    return answer
        return None

    def _partition(self, topic: str) -> int:
        count = self._reader.partitions[topic]
        if not count:
            raise Unavailable(f"there is no topic {topic}")
        return partition_of(self._workspace, count)


@asynccontextmanager
async def reading(settings: CommandSettings) -> AsyncIterator[PolicyLog]:
    """Connect to read, disconnect."""
    reader = LogReader(settings)
    try:
        await reader.start(TOPICS)
        yield PolicyLog(settings, reader)
    finally:
        await reader.stop()
