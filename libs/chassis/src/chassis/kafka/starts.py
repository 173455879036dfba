"""Where a follower begins to read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiokafka import TopicPartition


@dataclass(frozen=True, slots=True)
class FromEnd:
    """Only what is written after the start."""


@dataclass(frozen=True, slots=True)
class FromStart:
    """Everything that the topic still holds."""


@dataclass(frozen=True, slots=True)
class FromTime:
    """What was written at or after an instant, in milliseconds since 1970."""

    timestamp_ms: int


@dataclass(frozen=True, slots=True)
class FromPositions:
    """The next offset to read per (topic, partition); those left out are read from the start."""

    positions: Mapping[tuple[str, int], int]


Start = FromEnd | FromStart | FromTime | FromPositions


async def first_offsets(
    consumer: Any, start: Start, partitions: list[TopicPartition], prefix: str
) -> dict[TopicPartition, int]:
    """The offset at which to begin in each partition; never before what the topic still holds."""
    oldest: dict[TopicPartition, int] = await consumer.beginning_offsets(partitions)
    if isinstance(start, FromStart):
        return oldest
    ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
    if isinstance(start, FromEnd):
        return ends
    if isinstance(start, FromTime):
        found = await consumer.offsets_for_times(dict.fromkeys(partitions, start.timestamp_ms))
        return {tp: found[tp].offset if found.get(tp) else ends[tp] for tp in partitions}
    named = {
        TopicPartition(prefix + topic, partition): offset
        for (topic, partition), offset in start.positions.items()
    }
    return {tp: min(max(named.get(tp, 0), oldest[tp]), ends[tp]) for tp in partitions}
