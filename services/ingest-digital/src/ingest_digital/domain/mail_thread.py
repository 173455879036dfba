"""A mail thread and a mail's receipt, as they are remembered."""

from dataclasses import dataclass

from ingest_digital.domain.dedup import Seen
from ingest_digital.domain.words import Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class MailThread:
    """`contact_id` is the contact that the router opened last on it."""

    conversation_id: str
    entry_point: str
    mailbox: str
    key_id: str
    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What is known of a mail; the thread is there once the mail was begun."""

    seen: Seen
    thread: MailThread | None = None
    is_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Correspondence:
    """What an answer on a thread needs, sealed."""

    customer: Sealed | None
    subject: Sealed | None
    last_message_id: Sealed | None
    last_references: Sealed | None
