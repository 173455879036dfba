"""The recent conversations, bounded: the least recently used go first."""

from collections import OrderedDict

from ingest_digital.domain.chat import Conversation, Decision, Opened, Received, Refused
from ingest_digital.domain.chat_log import ChatLog, ShownMessage
from ingest_digital.domain.words import Channel

LOOKED_AT = 50


class Conversations:
    """Chats as the followed topics tell them; other channels leave only a mark.

    Content and decisions come from two topics, so either may be here first.
    """

    def __init__(self, *, conversations: int, messages: int, messages_each: int) -> None:
        self._limit = conversations
        self._message_limit = messages
        self._messages_each = messages_each
        self._by_id: OrderedDict[str, Conversation] = OrderedDict()
        self._of_contact: dict[str, str] = {}
        self.message_count = 0
        self.has_forgotten = False

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, conversation_id: str) -> Conversation | None:
        """The conversation if it is here."""
        found = self._by_id.get(conversation_id)
        if found is not None:
            self._by_id.move_to_end(conversation_id)
        return found

    def keep(self, conversation_id: str, now: float) -> Conversation:
        """The conversation; a new one if it is not here."""
        found = self.get(conversation_id)
        if found is None:
            found = Conversation(conversation_id, ChatLog(self._messages_each), quiet_since=now)
            self._by_id[conversation_id] = found
            self._make_room(found)
        return found

    def of_contact(self, contact_id: str) -> Conversation | None:
        """The conversation on which a contact is or was."""
        return self._by_id.get(self._of_contact.get(contact_id, ""))

    def decide(self, decision: Decision, now: float) -> Conversation | None:
        """Apply a decision; return the conversation if it is a chat that is here."""
        conversation = self._concerned(decision, now)
        if conversation is None:
            return None
        conversation.apply(decision)
        if isinstance(decision, Opened):
            self._of_contact[decision.contact_id] = conversation.conversation_id
            conversation.quiet_since = max(conversation.quiet_since, now)
        if conversation.channel in (None, Channel.CHAT):
            return conversation
        self.message_count -= len(conversation.log)
        conversation.log.clear()
        return None

    def record(
        self, conversation_id: str, message: ShownMessage, now: float
    ) -> Conversation | None:
        """Keep a message; return the conversation if it is new there and may be a chat's."""
        conversation = self.keep(conversation_id, now)
        if conversation.channel not in (None, Channel.CHAT):
            return None
        before = len(conversation.log)
        if not conversation.log.add(message):
            return None
        self.message_count += len(conversation.log) - before
        self._make_room(conversation)
        return conversation

    def with_socket(self) -> list[str]:
        """Conversations that have a window here."""
        return [found.conversation_id for found in self._by_id.values() if found.sockets]

    def open_without_socket(self) -> list[Conversation]:
        """Open chats whose customer has no window here."""
        return [
            found
            for found in self._by_id.values()
            if found.is_open and found.channel is Channel.CHAT and not found.sockets
        ]

    def _concerned(self, decision: Decision, now: float) -> Conversation | None:
        match decision:
            case Opened():
                return self.keep(decision.conversation_id, now)
            case Received():
                return self._by_id.get(decision.conversation_id)
            case Refused():
                return None
        return self.of_contact(decision.contact_id)

    def _make_room(self, in_use: Conversation) -> None:
        """Forget others than the one in use, which its caller goes on with."""
        while len(self._by_id) > self._limit or self.message_count > self._message_limit:
            victim = self._least_missed(in_use)
            if victim is None:
                return
            del self._by_id[victim.conversation_id]
            self.message_count -= len(victim.log)
            self.has_forgotten = True
        if len(self._of_contact) > 4 * self._limit:
            kept = {c: i for c, i in self._of_contact.items() if i in self._by_id}
            self._of_contact = dict(list(kept.items())[-2 * self._limit :])

    def _least_missed(self, in_use: Conversation) -> Conversation | None:
        """The oldest that is closed or no chat; else the oldest without a window."""
        fallback = None
        for looked, found in enumerate(self._by_id.values()):
            if found.sockets or found is in_use:
                continue
            if not found.is_open or found.channel is Channel.OTHER:
                return found
            fallback = fallback or found
            if looked >= LOOKED_AT:
                break
        return fallback
