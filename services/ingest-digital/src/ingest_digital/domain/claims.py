"""What a chat token says: all that a replica needs to take up a chat that it never saw."""

from dataclasses import dataclass
from datetime import datetime

from ingest_digital.domain.words import AddressToken


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatClaims:
    workspace: str
    conversation_id: str
    contact_id: str
    entry_point: str
    key_id: str
    addresses: tuple[AddressToken, ...]
    started_at: datetime
