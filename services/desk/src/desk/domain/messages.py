"""What was said: the messages followed lately, and one conversation made of two sources."""

from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedMessage:
    """A record of a conversation that nobody opened yet."""

    workspace: str
    conversation_id: str
    contact_id: str
    message_id: str
    size_bytes: int
    payload: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message that can be shown (or of which it can be shown that it is unreadable)."""

    message_id: str
    size_bytes: int
    payload: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of a message."""

    workspace: str
    conversation_id: str
    contact_id: str
    payload: object


class RecentMessages:
    """The last messages that were followed, sealed, by conversation; the oldest go first.

    They bridge the time until crm's projection has them.
    """

    def __init__(self, *, max_messages: int, max_bytes: int) -> None:
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._bytes = 0
        self._order: OrderedDict[tuple[str, str, str], SealedMessage] = OrderedDict()
        self._threads: dict[Key, dict[str, SealedMessage]] = {}

    def add(self, message: SealedMessage) -> bool:
        """Keep it; False for a message id that is there already."""
        key = (message.workspace, message.conversation_id, message.message_id)
        if key in self._order:
            return False
        self._order[key] = message
        self._bytes += message.size_bytes
        self._threads.setdefault(key[:2], {})[message.message_id] = message
        while len(self._order) > self._max_messages or self._bytes > self._max_bytes:
            self._forget_oldest()
        return True

    def of(self, workspace: str, conversation_id: str) -> list[SealedMessage]:
        """What was followed of the conversation, oldest first."""
        return list(self._threads.get((workspace, conversation_id), {}).values())

    def _forget_oldest(self) -> None:
        key, message = self._order.popitem(last=False)
        self._bytes -= message.size_bytes
        thread = self._threads[key[:2]]
        del thread[message.message_id]
        if not thread:
            del self._threads[key[:2]]


class NamedMessages:
    """The message ids that facts named lately, by conversation: they exist, whoever is behind."""

    def __init__(self, *, max_messages: int) -> None:
        self._max_messages = max_messages
        self._order: OrderedDict[tuple[str, str, str], None] = OrderedDict()
        self._threads: dict[Key, set[str]] = {}

    def add(self, workspace: str, conversation_id: str, message_id: str) -> None:
        """Remember that the message exists."""
        key = (workspace, conversation_id, message_id)
        if key in self._order:
            return
        self._order[key] = None
        self._threads.setdefault(key[:2], set()).add(message_id)
        if len(self._order) > self._max_messages:
            workspace, conversation_id, message_id = self._order.popitem(last=False)[0]
            thread = self._threads[(workspace, conversation_id)]
            thread.discard(message_id)
            if not thread:
                del self._threads[(workspace, conversation_id)]

    def missing(self, workspace: str, conversation_id: str, known: Collection[str]) -> bool:
        """Whether a named message of the conversation is not among the known ones."""
        return not self._threads.get((workspace, conversation_id), set()).issubset(known)


def newest(
    messages: Sequence[Message], *, max_messages: int, max_bytes: int
) -> tuple[list[Message], bool]:
    """As many of the newest as fit, oldest first, and whether that is all of them."""
    chosen: list[Message] = []
    size = 0
    for message in reversed(messages[-max_messages:]):
        size += message.size_bytes
        if size > max_bytes:
            break
        chosen.append(message)
    chosen.reverse()
    return chosen, len(chosen) == len(messages)
