"""What is read from and written to Kafka."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Headers = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Record:
    """One record; `topic` is without the prefix, a missing key or value is empty bytes."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()

    def header(self, name: str) -> bytes | None:
        """The last header of that name."""
        return next((value for key, value in reversed(self.headers) if key == name), None)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a record stands in its topic."""

    partition: int
    offset: int


def record_of(message: Any, prefix: str) -> Record:
    """The client library's record as ours."""
    return Record(
        topic=message.topic.removeprefix(prefix),
        partition=message.partition,
        offset=message.offset,
        timestamp_ms=message.timestamp,
        key=message.key or b"",
        value=message.value or b"",
        headers=tuple((key, value or b"") for key, value in message.headers),
    )
