"""What was said on one chat, in the order of its partition, bounded."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ingest_digital.domain.words import Author, Position, Sealed

NOTHING = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An answer that the window may show as a button."""

    value: str
    label: Sealed | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMessage:
    """A message as a chat window shows it; `seq` is its offset."""

    seq: int
    partition: int
    message_id: str
    author: Author
    author_id: str
    body: Sealed
    said_at: datetime
    choices: tuple[Choice, ...] = ()


class ChatLog:
    """The messages of one conversation; the first record of a message id counts."""

    __slots__ = ("_dropped_to", "_limit", "_messages", "_places", "is_from_start")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._messages: deque[ShownMessage] = deque()
        self._places: dict[str, Position] = {}
        self._dropped_to = NOTHING
        self.is_from_start = False

    def __len__(self) -> int:
        return len(self._messages)

    def add(self, message: ShownMessage) -> bool:
        """Keep the message unless it is a repeat; say whether it is new."""
        if message.message_id in self._places or message.seq <= self.last_seq:
            return False
        self._messages.append(message)
        self._places[message.message_id] = Position(message.partition, message.seq)
        if len(self._messages) > self._limit:
            oldest = self._messages.popleft()
            del self._places[oldest.message_id]
            self._dropped_to = oldest.seq
        return True

    def clear(self) -> None:
        """Forget all."""
        self._messages.clear()
        self._places.clear()

    def place_of(self, message_id: str) -> Position | None:
        """Where the message stands, None if it is not here."""
        return self._places.get(message_id)

    @property
    def last_seq(self) -> int:
        return self._messages[-1].seq if self._messages else self._dropped_to

    def after(self, seq: int) -> Iterator[ShownMessage]:
        """The messages that come after this sequence number, oldest first."""
        if seq >= self.last_seq:
            return iter(())
        later = []
        for message in reversed(self._messages):
            if message.seq <= seq:
                break
            later.append(message)
        return reversed(later)

    def is_complete_after(self, seq: int) -> bool:
        """Whether nothing that came after this number is missing here."""
        if seq < self._dropped_to:
            return False
        if self.is_from_start:
            return True
        return bool(self._messages) and seq >= self._messages[0].seq
