"""An agent's answer: content first, then the mail if it is one, then the fact.

What is said in a consult is between the agents: content alone, in the consult's conversation. In a
conference the colleague who was asked answers the customer, on the customer's contact.
"""

from desk.domain.agents import Channel
from desk.domain.commands import SendMessage
from desk.domain.facts import FirstReplied
from desk.domain.faults import is_too_long_for_chat
from desk.domain.names import EventId, first_reply_id
from desk.domain.results import OK, Result, invalid, rejected
from desk.handlers.ports import Facts, Writing
from desk.handlers.session import Session


class Replies:
    """Writes to the customers whose contacts an agent holds, and in consults; to no others."""

    def __init__(self, *, facts: Facts, writing: Writing) -> None:
        self._facts = facts
        self._writing = writing

    async def send(self, session: Session, event_id: EventId, command: SendMessage) -> Result:
        """OK when the log has all of it; the same event again is the same message."""
        contact = session.thread(command.contact_id)
        if contact is None:
            return rejected("NOT_YOUR_CONTACT", f"contact {command.contact_id!r}")
        if not contact.channel.is_written:
            return invalid("this contact is not written to")
        if not contact.state.is_talking:
            return rejected("NOT_IN_THIS_STATE", f"the contact is {contact.state.value}")
        if contact.channel is Channel.TEXT and is_too_long_for_chat(command):
            return invalid("text is too long for a chat")
        workspace, text, subject = session.workspace, command.text, command.subject
        await self._writing.record(workspace, contact, event_id, session.agent_id, text, subject)
        if contact.is_consult:
            return OK
        if contact.channel is Channel.EMAIL:
            await self._writing.send_mail(workspace, contact, event_id, text, subject)
        if contact.speaks_for:
            return OK
        if contact.contact_id not in session.replied:
            replied = FirstReplied(contact_id=contact.contact_id, agent_id=session.agent_id)
            await self._facts.append(workspace, first_reply_id(contact.contact_id), replied)
            session.replied.add(contact.contact_id)
        return OK
