"""In whose name facts are said, and the ids that make a repeat the same fact."""

import uuid
from dataclasses import dataclass
from typing import NewType

EventId = NewType("EventId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionName:
    """The session in whose name a fact is said."""

    agent_id: str
    session_number: int
    desk_instance: str


def derived_id(scope: str, what: str) -> EventId:
    """The same scope (a session, a client, an event) and words give the same event."""
    return EventId(str(uuid.uuid5(uuid.UUID(scope), what)))


def command_scope(session_id: str, workspace: str, agent_id: str, client_id: str) -> str:
    """Within what command ids are unique: the client, if it has a name, else the session."""
    if not client_id:
        return session_id
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"client:{workspace}/{agent_id}/{client_id}"))


def message_id_of(event_id: EventId) -> str:
    """The message that a SendMessage makes."""
    return str(uuid.uuid5(uuid.UUID(event_id), "message"))


def first_reply_id(contact_id: str) -> EventId:
    """One for each contact, whoever of its agents' sessions says it."""
    return EventId(str(uuid.uuid5(uuid.NAMESPACE_URL, f"first-reply:{contact_id}")))
