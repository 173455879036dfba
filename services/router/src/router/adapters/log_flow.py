"""Both topics of a workspace as one flow that can be replayed: each step after its record."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiokafka.partitioner import DefaultPartitioner

from chassis.errors import InvalidMessage
from router.adapters.codec.said import read_said
from router.adapters.log_reader import LogReader
from router.adapters.outbox import INPUT, OUTPUT
from router.handlers.partition import Raw
from router.handlers.replaying import Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Part of a workspace's log: from `start` up to, not including, `end`; what the log holds."""

    workspace: str
    partition: int
    first: int
    start: int
    end: int


class LogFlow:
    """Reads a workspace's records and steps; `foreign` counts outputs that no router wrote."""

    def __init__(self, reader: LogReader) -> None:
        self._reader = reader
        self.foreign = 0

    async def stretch(self, workspace: str, start: int = 0, end: int | None = None) -> Stretch:
        """Return where the workspace's log lies, cut to what is there."""
        partition = partition_of(workspace, self._reader.partitions[INPUT])
        first, last = await self._reader.bounds(INPUT, partition)
        return Stretch(
            workspace=workspace,
            partition=partition,
            first=first,
            start=max(start, first),
            end=last if end is None else min(end, last),
        )

    async def items(self, stretch: Stretch) -> AsyncIterator[Raw | Said]:
        """Yield records and steps; a step comes after its record."""
        records = self.records(stretch)
        following = await anext(records, None)
        async for said in self._said(stretch):
            while following is not None and following.offset <= said.cause:
                yield following
                following = await anext(records, None)
            if stretch.start <= said.cause < stretch.end:
                yield said
        while following is not None:
            yield following
            following = await anext(records, None)

    async def records(self, stretch: Stretch) -> AsyncIterator[Raw]:
        """Yield the workspace's records alone."""
        key = stretch.workspace.encode()
        found = self._reader.read(INPUT, stretch.partition, stretch.start, stretch.end)
        async for raw in found:
            if raw.key == key:
                yield raw

    async def _said(self, stretch: Stretch) -> AsyncIterator[Said]:
        key = stretch.workspace.encode()
        first, end = await self._reader.bounds(OUTPUT, stretch.partition)
        async for raw in self._reader.read(OUTPUT, stretch.partition, first, end):
            if raw.key != key:
                continue
            try:
                yield read_said(raw.key, raw.value)
            except InvalidMessage:
                self.foreign += 1


def partition_of(workspace: str, count: int) -> int:
    """Return the partition that the writers' rule gives a workspace."""
    everything = list(range(count))
    return int(DefaultPartitioner()(workspace.encode(), everything, everything))
