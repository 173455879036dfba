"""The contact center ends a chat."""

import logging
from datetime import UTC, datetime

from chassis.errors import Unavailable
from ingest_digital.domain import ids
from ingest_digital.domain.chat import Ended
from ingest_digital.domain.errors import KeyDestroyed
from ingest_digital.domain.facts import MessageRecorded
from ingest_digital.domain.words import Author, Kind
from ingest_digital.handlers.memory import ChatMemory
from ingest_digital.handlers.ports import Publisher, Vault

ENDED_TEXT = "This chat has ended."

log = logging.getLogger(__name__)


class Closing:
    """Carries out EndContact on the replicas that have a window of the conversation."""

    def __init__(self, memory: ChatMemory, vault: Vault, publisher: Publisher) -> None:
        self._memory = memory
        self._vault = vault
        self._publisher = publisher

    async def end(
        self,
        command_id: str,
        contact_id: str,
        conversation_id: str,
        reason: str,
        expires_at: datetime | None,
    ) -> None:
        """Write the notice (once, however many do) and tell the windows; late commands are void."""
        conversation = self._memory.conversations.get(conversation_id)
        if conversation is None or not conversation.sockets:
            return
        if expires_at is not None and expires_at < datetime.now(UTC):
            return
        if conversation.contact_id not in ("", contact_id) or not conversation.key_id:
            return
        try:
            await self._write_notice(command_id, contact_id, conversation_id, conversation.key_id)
        except (Unavailable, KeyDestroyed) as error:
            log.warning("no notice of the end", extra={"error": str(error)})
        self._memory.take_decision(Ended(contact_id=contact_id, by=_by(reason)))

    async def _write_notice(
        self, command_id: str, contact_id: str, conversation_id: str, key_id: str
    ) -> None:
        message_id = ids.notice_id(command_id)
        key = await self._vault.key(key_id)
        notice = MessageRecorded(
            message_id=message_id,
            contact_id=contact_id,
            author=Author.SYSTEM,
            kind=Kind.NOTICE,
            body=self._vault.seal(key, "MessageRecorded.body", ENDED_TEXT),
        )
        event_id = ids.event_id("MessageRecorded", message_id)
        await self._publisher.content(event_id, conversation_id, notice)


def _by(reason: str) -> Author:
    for author in (Author.FLOW, Author.AGENT, Author.CUSTOMER):
        if reason.startswith(author):
            return author
    return Author.SYSTEM
