"""A chat comes in: start, resume, message."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from chassis.errors import Unavailable
from ingest_digital.domain import ids
from ingest_digital.domain.chat import Conversation
from ingest_digital.domain.claims import ChatClaims
from ingest_digital.domain.errors import ConversationGone, UnknownEntryPoint
from ingest_digital.domain.facts import ContactArrived, CustomerMessaged, MessageRecorded
from ingest_digital.domain.words import Address, Author, Channel, ContactKey, Kind, Position
from ingest_digital.handlers.memory import ChatMemory
from ingest_digital.handlers.ports import EntryPoints, Publisher, Vault

OWN_RECORD_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRequest:
    """A browser begins; `identities` are what the company's web site vouches for."""

    entry_point: str
    start_id: str
    visitor_id: str = field(repr=False)
    identities: tuple[Address, ...] = ()
    topic: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A message that Kafka has, content and fact."""

    message_id: str
    seq: int


class ChatIntake:
    """Returns only after Kafka has it; Unavailable means that a repeat does the rest."""

    def __init__(
        self,
        workspace: str,
        *,
        entry_points: EntryPoints,
        vault: Vault,
        publisher: Publisher,
        memory: ChatMemory,
        memory_seconds: float,
    ) -> None:
        self._workspace = workspace
        self._entry_points = entry_points
        self._vault = vault
        self._publisher = publisher
        self._memory = memory
        self._memory_seconds = memory_seconds

    async def start(self, request: StartRequest) -> ChatClaims:
        """Say that a contact arrived; the same request again gives the same contact."""
        if self._entry_points.chat(request.entry_point) is None:
            raise UnknownEntryPoint(request.entry_point)
        conversation_id = ids.chat_conversation_id(
            self._workspace, request.entry_point, request.visitor_id, request.start_id
        )
        key = await self._first_key(conversation_id)
        visitor = Address(kind="chat", address=request.visitor_id, is_verified=True)
        claims = ChatClaims(
            workspace=self._workspace,
            conversation_id=conversation_id,
            contact_id=ids.first_contact_id(conversation_id),
            entry_point=request.entry_point,
            key_id=key.key_id,
            addresses=self._vault.tokens(key, [visitor, *request.identities]),
            started_at=datetime.now(UTC),
        )
        topic = self._vault.seal(key, "ContactArrived.subject", request.topic)
        arrived = ContactArrived(
            contact_id=claims.contact_id,
            channel=Channel.CHAT,
            entry_point=claims.entry_point,
            conversation_id=conversation_id,
            key_id=key.key_id,
            addresses=claims.addresses,
            subject=topic if request.topic else None,
        )
        await self._publisher.fact(ids.event_id("ContactArrived", claims.contact_id), arrived)
        return claims

    def resume(self, claims: ChatClaims) -> None:
        """Check that the conversation is still remembered; ConversationGone if not."""
        conversations = self._memory.conversations
        if conversations.get(claims.conversation_id) is not None:
            return
        # It may be so young that nothing of it was read here yet.
        age = datetime.now(UTC) - claims.started_at
        if age > timedelta(seconds=self._memory_seconds) or conversations.has_forgotten:
            raise ConversationGone("the conversation is not remembered any more")

    async def say(self, claims: ChatClaims, client_msg_id: str, text: str) -> Accepted:
        """Content, then the fact about it; a repeat is the same message in the same place."""
        conversation = self._memory.conversations.get(claims.conversation_id)
        message_id = ids.chat_message_id(claims.conversation_id, client_msg_id)
        position = self._memory.place_of(claims.conversation_id, message_id)
        if position is None:
            position = await self._write_content(claims, conversation, message_id, text)
        if conversation is None or message_id not in conversation.received:
            await self._write_fact(claims, conversation, message_id, position)
        return Accepted(message_id=message_id, seq=position.offset)

    async def _first_key(self, conversation_id: str) -> ContactKey:
        """The key that an earlier try has taken, else a new one."""
        known = self._memory.key_of(conversation_id)
        if not known:
            leased = await self._vault.new_key()
            known = self._memory.take_key(conversation_id, leased.key_id)
            if known == leased.key_id:
                return leased
        return await self._vault.key(known)

    async def _write_content(
        self, claims: ChatClaims, conversation: Conversation | None, message_id: str, text: str
    ) -> Position:
        """Where the first record of the message stands: perhaps another replica wrote it before."""
        key = await self._vault.key(_key_id(claims, conversation))
        message = MessageRecorded(
            message_id=message_id,
            contact_id=_contact_id(claims, conversation),
            author=Author.CUSTOMER,
            kind=Kind.TEXT,
            body=self._vault.seal(key, "MessageRecorded.body", text),
        )
        event_id = ids.event_id("MessageRecorded", message_id)
        written = await self._publisher.content(event_id, claims.conversation_id, message)
        try:
            await self._memory.has_seen(written, OWN_RECORD_SECONDS)
        except TimeoutError:
            raise Unavailable("the own record is not read back in time") from None
        return self._memory.place_of(claims.conversation_id, message_id) or written

    async def _write_fact(
        self,
        claims: ChatClaims,
        conversation: Conversation | None,
        message_id: str,
        position: Position,
    ) -> None:
        fact = CustomerMessaged(
            contact_id=_contact_id(claims, conversation),
            conversation_id=claims.conversation_id,
            message_id=message_id,
            position=position,
            new_contact_id=ids.later_contact_id(message_id),
            channel=Channel.CHAT,
            entry_point=claims.entry_point,
            key_id=_key_id(claims, conversation),
            addresses=claims.addresses,
        )
        await self._publisher.fact(ids.event_id("CustomerMessaged", message_id), fact)


def _key_id(claims: ChatClaims, conversation: Conversation | None) -> str:
    return (conversation.key_id if conversation else "") or claims.key_id


def _contact_id(claims: ChatClaims, conversation: Conversation | None) -> str:
    return (conversation.contact_id if conversation else "") or claims.contact_id
