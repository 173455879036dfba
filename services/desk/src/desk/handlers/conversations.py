"""What is said on the contacts in an agent's hands: all of it once, in order."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from desk.domain.agents import AgentView, HeldContact
from desk.domain.events import ConversationShown, MessageShown
from desk.domain.messages import (
    Message,
    NamedMessages,
    RecentMessages,
    SealedMessage,
    newest,
)
from desk.handlers.ports import Away, Customers, Reading
from desk.handlers.session import End, Session, Thread
from desk.metrics import CONVERSATIONS

ASK_AGAIN_SECONDS = 0.2
PAUSES_SECONDS = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
MAX_UNOPENED = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationLimits:
    """How much of a conversation is shown, and how long it is waited for."""

    max_messages: int
    max_bytes: int
    wait_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gathered:
    """What crm said, and whether all that facts named is in it or was followed."""

    earlier: Sequence[Message]
    is_away: bool
    is_complete: bool


class Conversations:
    """Merges crm's projection with what was followed, and keeps following.

    While a thread loads, new messages are only kept: the merge that ends the loading has them.
    """

    def __init__(
        self,
        *,
        recent: RecentMessages,
        named: NamedMessages,
        customers: Customers,
        reading: Reading,
        limits: ConversationLimits,
    ) -> None:
        self._recent = recent
        self._named = named
        self._customers = customers
        self._reading = reading
        self._limits = limits

    def keep(self, message: SealedMessage) -> bool:
        """Remember a followed message; False when it is a repeat."""
        return self._recent.add(message)

    def name(self, workspace: str, conversation_id: str, message_id: str) -> None:
        """A fact named a message: a conversation without it is not complete."""
        self._named.add(workspace, conversation_id, message_id)

    def take_view(self, session: Session, agent: AgentView) -> None:
        """Load what is new in the agent's hands, forget what is not there any more."""
        held = {contact.contact_id: contact.conversation_id for contact in agent.threads()}
        for contact_id, thread in list(session.threads.items()):
            # A consult that becomes the customer's contact goes on in the customer's conversation.
            if held.get(contact_id) != thread.conversation_id:
                del session.threads[contact_id]
        for contact in agent.threads():
            if contact.contact_id not in session.threads:
                thread = session.threads[contact.contact_id] = Thread(contact.conversation_id)
                session.spawn(self._load(session, contact, thread))

    def show_new(self, session: Session, message: SealedMessage) -> None:
        """Show a message as soon as it can be opened, after those before it."""
        if session.view is None:
            return
        contact = session.view.listener(message.conversation_id, message.contact_id)
        thread = session.threads.get(contact.contact_id) if contact else None
        if contact is None or thread is None or thread.is_loading:
            return
        if len(thread.unopened) >= MAX_UNOPENED:
            session.end(End.SLOW)
            return
        thread.unopened.append(message)
        if len(thread.unopened) == 1:
            session.spawn(self._show_unopened(session, contact.contact_id, thread))

    async def read_again(self, session: Session, contact: HeldContact) -> None:
        """Show the whole conversation once more."""
        thread = session.threads.get(contact.contact_id)
        if thread is not None and not thread.is_loading:
            thread.is_loading = True
            await self._load(session, contact, thread)

    async def _load(self, session: Session, contact: HeldContact, thread: Thread) -> None:
        gathered = await self._gather(session.workspace, contact.conversation_id)
        await self._show(session, contact, thread, gathered)
        if gathered.is_away:
            session.spawn(self._load_later(session, contact, thread))

    async def _load_later(self, session: Session, contact: HeldContact, thread: Thread) -> None:
        """Once more when crm is back, if the contact is still in the agent's hands."""
        for pause in PAUSES_SECONDS:
            await asyncio.sleep(pause)
            gathered = await self._gather(session.workspace, contact.conversation_id)
            if session.threads.get(contact.contact_id) is not thread or thread.is_loading:
                return
            if not gathered.is_away:
                thread.is_loading = True
                await self._show(session, contact, thread, gathered)
                return

    async def _gather(self, workspace: str, conversation_id: str) -> _Gathered:
        """What crm has, as soon as nothing that facts named is missing; or when time is over."""
        deadline = time.monotonic() + self._limits.wait_seconds
        while True:
            try:
                earlier = await self._customers.conversation(workspace, conversation_id)
            except Away:
                return _Gathered(earlier=(), is_away=True, is_complete=False)
            known = {message.message_id for message in earlier}
            known |= {m.message_id for m in self._recent.of(workspace, conversation_id)}
            is_complete = not self._named.missing(workspace, conversation_id, known)
            if is_complete or time.monotonic() > deadline:
                return _Gathered(earlier=earlier, is_away=False, is_complete=is_complete)
            await asyncio.sleep(ASK_AGAIN_SECONDS)

    async def _show(
        self, session: Session, contact: HeldContact, thread: Thread, gathered: _Gathered
    ) -> None:
        known = {message.message_id for message in gathered.earlier}
        followed = self._recent.of(session.workspace, contact.conversation_id)
        later = [
            await self._reading.open(message, message.contact_id)
            for message in followed[-self._limits.max_messages :]
            if message.message_id not in known
        ]
        messages, is_all = newest(
            [*gathered.earlier, *later],
            max_messages=self._limits.max_messages,
            max_bytes=self._limits.max_bytes,
        )
        if session.threads.get(contact.contact_id) is not thread:
            return
        is_complete = gathered.is_complete and is_all
        CONVERSATIONS.labels("complete" if is_complete else "incomplete").inc()
        session.tell(
            ConversationShown(
                contact_id=contact.contact_id, messages=tuple(messages), is_complete=is_complete
            )
        )
        thread.shown = known | {message.message_id for message in followed}
        thread.is_loading = False
        for message in self._recent.of(session.workspace, contact.conversation_id):
            if message.message_id not in thread.shown:
                self.show_new(session, message)

    async def _show_unopened(self, session: Session, contact_id: str, thread: Thread) -> None:
        """One at a time and in order; a loading that began meanwhile shows them itself."""
        while thread.unopened:
            message = thread.unopened[0]
            opened = await self._reading.open(message, contact_id)
            thread.unopened.popleft()
            if not thread.is_loading and message.message_id not in thread.shown:
                thread.shown.add(message.message_id)
                session.tell(MessageShown(contact_id=contact_id, message=opened))
