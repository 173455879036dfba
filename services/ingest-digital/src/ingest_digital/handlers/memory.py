"""The recent chats of the workspace, and who waits for news of them."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from ingest_digital.domain.chat import Conversation, Decision
from ingest_digital.domain.chat_log import ShownMessage
from ingest_digital.domain.conversations import Conversations
from ingest_digital.domain.words import Position


class ChatMemory:
    """Fed by the followers of content and steps; windows watch it, writers wait for themselves."""

    def __init__(self, conversations: Conversations) -> None:
        self.conversations = conversations
        self._watching: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._seen: dict[int, int] = {}
        self._waiting: defaultdict[int, dict[asyncio.Future[None], int]] = defaultdict(dict)

    def take_message(self, conversation_id: str, message: ShownMessage) -> None:
        """A record of content was read."""
        self._tell(self.conversations.record(conversation_id, message, time.monotonic()))

    def take_decision(self, decision: Decision) -> None:
        """A decision of the router was read."""
        self._tell(self.conversations.decide(decision, time.monotonic()))

    def seen(self, position: Position) -> None:
        """Everything up to this place of the content's topic was taken."""
        self._seen[position.partition] = position.offset
        waiting = self._waiting.get(position.partition)
        if not waiting:
            return
        for future in [f for f, offset in waiting.items() if offset <= position.offset]:
            del waiting[future]
            if not future.done():
                future.set_result(None)

    async def has_seen(self, position: Position, within: float) -> None:
        """Return when that place was taken; TimeoutError when it was not in time."""
        if self._seen.get(position.partition, -1) >= position.offset:
            return
        future = asyncio.get_running_loop().create_future()
        waiting = self._waiting[position.partition]
        waiting[future] = position.offset
        try:
            async with asyncio.timeout(within):
                await future
        finally:
            waiting.pop(future, None)

    def place_of(self, conversation_id: str, message_id: str) -> Position | None:
        """Where the first record of a message stands, if it is remembered."""
        conversation = self.conversations.get(conversation_id)
        return conversation.log.place_of(message_id) if conversation else None

    def key_of(self, conversation_id: str) -> str:
        """The key of a conversation, empty if none is known."""
        conversation = self.conversations.get(conversation_id)
        return conversation.key_id if conversation else ""

    def take_key(self, conversation_id: str, key_id: str) -> str:
        """Give a conversation its key unless it has one; the key that it has."""
        conversation = self.conversations.keep(conversation_id, time.monotonic())
        conversation.key_id = conversation.key_id or key_id
        return conversation.key_id

    @contextmanager
    def window(self, conversation_id: str) -> Iterator[tuple[Conversation, asyncio.Event]]:
        """Hold a conversation while a window is open on it; the event is set at each news."""
        conversation = self.conversations.keep(conversation_id, time.monotonic())
        news = asyncio.Event()
        self._watching[conversation_id].add(news)
        conversation.sockets += 1
        try:
            yield conversation, news
        finally:
            conversation.sockets -= 1
            conversation.quiet_since = time.monotonic()
            self._watching[conversation_id].discard(news)
            if not self._watching[conversation_id]:
                del self._watching[conversation_id]

    def _tell(self, conversation: Conversation | None) -> None:
        if conversation is not None:
            for news in self._watching.get(conversation.conversation_id, ()):
                news.set()
