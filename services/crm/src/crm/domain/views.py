"""The timeline as it is shown: opened, in order."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentView:
    """A file that came with a message; the name is empty when its key is destroyed."""

    sha256: str
    file_name: str
    content_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """What was said; not readable: its key is destroyed."""

    message_id: str
    contact_id: str
    author: str
    author_id: str
    kind: str
    text: str
    subject: str
    attachments: tuple[AttachmentView, ...]
    said_at: datetime
    delivery: str
    is_readable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingView:
    """Where a recording lies."""

    recording_id: str
    uri: str
    duration_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactView:
    """One contact with all that was said in it."""

    contact_id: str
    channel: str
    entry_point: str
    conversation_id: str
    initial_id: str
    previous_id: str
    related_ids: tuple[str, ...]
    arrived_at: datetime | None
    ended_at: datetime | None
    cause: str
    queue: str
    agent_id: str
    disposition: str
    note: str
    opened_by: str
    is_consult: bool
    messages: tuple[MessageView, ...]
    recordings: tuple[RecordingView, ...]
