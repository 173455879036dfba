"""Ids that a repeat of the same thing makes again."""

from uuid import UUID, uuid5

_NAMESPACE = UUID("b1f3a0c4-6f7e-5d0a-8f53-2f6c41f0a9d2")


def chat_conversation_id(workspace: str, entry_point: str, visitor_id: str, start_id: str) -> str:
    """The conversation that one `start` makes, however often it is sent.

    The visitor's secret is part of it: who does not know that cannot get at the conversation.
    """
    return _named("chat", workspace, entry_point, visitor_id, start_id)


def mail_conversation_id(workspace: str, mailbox: str, dedup_key: str) -> str:
    """The conversation that a mail opens if it answers none."""
    return _named("mail", workspace, mailbox, dedup_key)


def mail_message_id(workspace: str, mailbox: str, dedup_key: str) -> str:
    """The message that one mail is in one mailbox."""
    return _named("mail-message", workspace, mailbox, dedup_key)


def chat_message_id(conversation_id: str, client_msg_id: str) -> str:
    """The message that a browser sends, however often and to whichever replica."""
    return str(uuid5(UUID(conversation_id), client_msg_id))


def notice_id(command_id: str) -> str:
    """The message that tells a customer what a command did."""
    return _named("notice", command_id)


def first_contact_id(conversation_id: str) -> str:
    """The contact with which a conversation begins."""
    return _named("contact", conversation_id)


def later_contact_id(message_id: str) -> str:
    """The contact that a message opens when the one before has ended."""
    return str(uuid5(UUID(message_id), "contact"))


def event_id(kind: str, *parts: str) -> str:
    """The same fact said again has the same id."""
    return _named("event", kind, *parts)


def _named(*parts: str) -> str:
    # Each part with its length, so that ("a", "bc") and ("ab", "c") differ.
    return str(uuid5(_NAMESPACE, "".join(f"{len(part)}:{part};" for part in parts)))
