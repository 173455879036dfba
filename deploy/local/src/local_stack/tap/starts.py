"""`--from`: where reading begins."""

import re
import time
from datetime import UTC, datetime

from aiokafka import AIOKafkaConsumer, TopicPartition

from local_stack.errors import StackError

HELP = """start (the oldest record), end (the next one, default), 15m, 2h or 3d ago, a time as
2026-01-31T08:00 (UTC without a zone), or PARTITION:OFFSET (that partition only)"""
AGO = re.compile(r"(\d{1,6})([smhd])")
POSITION = re.compile(r"(\d{1,6}):(\d{1,18})")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
Offsets = dict[TopicPartition, int]


async def begins(
    consumer: AIOKafkaConsumer, partitions: list[TopicPartition], start: str
) -> Offsets:
    """The offset of each partition that is to be read; StackError for words without a meaning."""
    if start == "start":
        return dict(await consumer.beginning_offsets(partitions))
    if start == "end":
        return dict(await consumer.end_offsets(partitions))
    if position := POSITION.fullmatch(start):
        number, offset = int(position[1]), int(position[2])
        found = [partition for partition in partitions if partition.partition == number]
        if not found:
            raise StackError(f"--from {start}: there is no partition {number}")
        return {found[0]: offset}
    at = milliseconds(start, time.time())
    ends = await consumer.end_offsets(partitions)
    by_time = await consumer.offsets_for_times(dict.fromkeys(partitions, at))
    return {p: by_time[p].offset if by_time.get(p) else ends[p] for p in partitions}


def milliseconds(start: str, now: float) -> int:
    """The instant that is meant, since 1970."""
    if ago := AGO.fullmatch(start):
        return int((now - int(ago[1]) * SECONDS[ago[2]]) * 1000)
    try:
        instant = datetime.fromisoformat(start)
    except ValueError:
        raise StackError(f"--from {start!r} is not {HELP}") from None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return int(instant.timestamp() * 1000)
