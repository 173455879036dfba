"""The customer goes: by word, or by staying away."""

import logging
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import Protocol

from chassis.errors import Unavailable
from ingest_digital.domain import ids
from ingest_digital.domain.chat import Conversation, Phase, Refused
from ingest_digital.domain.facts import ContactDisconnected, CustomerLeft
from ingest_digital.handlers.memory import ChatMemory
from ingest_digital.handlers.ports import Publisher

MAX_PENDING = 10_000
NOT_IN_THIS_STATE = "not_in_this_state"

log = logging.getLogger(__name__)


class Presence(Protocol):
    """Which conversations have a window on any replica; Unavailable when nobody can say."""

    async def beat(self, conversation_ids: Sequence[str]) -> None: ...

    async def claim_absent(
        self, conversation_ids: Sequence[str], absent_seconds: float
    ) -> list[str]: ...


class Leaving:
    """Says that a customer left, with the fact that fits the contact's state."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._pending: OrderedDict[str, str] = OrderedDict()

    async def leave(self, contact_id: str, phase: Phase | None) -> None:
        """Write the fact; nothing to say when the contact is over."""
        if phase is Phase.ENDED:
            return
        if phase is Phase.CONNECTED:
            event_id = ids.event_id("ContactDisconnected", contact_id)
            await self._publisher.fact(event_id, ContactDisconnected(contact_id=contact_id))
            return
        event_id = ids.event_id("CustomerLeft", contact_id)
        self._pending[event_id] = contact_id
        if len(self._pending) > MAX_PENDING:
            self._pending.popitem(last=False)
        await self._publisher.fact(event_id, CustomerLeft(contact_id=contact_id))

    async def on_refused(self, refused: Refused, conversation: Conversation | None) -> None:
        """An agent was connected in the meantime: then it is the other fact."""
        contact_id = self._pending.pop(refused.event_id, None)
        if contact_id is None or refused.because != NOT_IN_THIS_STATE or conversation is None:
            return
        if conversation.contact_id == contact_id and conversation.phase is Phase.CONNECTED:
            await self.leave(contact_id, Phase.CONNECTED)

    def contact_of(self, event_id: str) -> str | None:
        """The contact that a pending word of ours is about."""
        return self._pending.get(event_id)


class Abandonment:
    """Ends chats whose customer has no window on any replica for a set time."""

    def __init__(
        self, memory: ChatMemory, presence: Presence, leaving: Leaving, absent_seconds: float
    ) -> None:
        self._memory = memory
        self._presence = presence
        self._leaving = leaving
        self._absent_seconds = absent_seconds

    async def turn(self) -> int:
        """Tell who is here, find who is not; how many were ended."""
        conversations = self._memory.conversations
        await self._presence.beat(conversations.with_socket())
        before = time.monotonic() - self._absent_seconds
        absent = {
            found.conversation_id: found
            for found in conversations.open_without_socket()
            if found.quiet_since <= before
        }
        if not absent:
            return 0
        claimed = await self._presence.claim_absent(list(absent), self._absent_seconds)
        ended = 0
        for conversation_id in claimed:
            conversation = absent[conversation_id]
            if conversation.sockets or not conversation.is_open:
                continue
            try:
                await self._leaving.leave(conversation.contact_id, conversation.phase)
            except Unavailable:
                log.warning("abandonment not said", extra={"contact.id": conversation.contact_id})
                break
            ended += 1
        return ended
