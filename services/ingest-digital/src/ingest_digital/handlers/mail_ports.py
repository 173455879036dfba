"""What the mail handlers need from the world around them."""

from collections.abc import Sequence
from typing import Protocol

from ingest_digital.domain.dedup import Fingerprint
from ingest_digital.domain.mail import MailKind
from ingest_digital.domain.mail_thread import Correspondence, MailThread, Receipt
from ingest_digital.domain.words import ContactKey


class MailBook(Protocol):
    """Threads and receipts; Unavailable when Postgres is away."""

    async def receipt(self, entry_point: str, mail: Fingerprint) -> Receipt: ...

    async def begin(
        self,
        thread: MailThread,
        mail: Fingerprint,
        *,
        is_first: bool,
        sender_token: str,
        message_id: str,
        correspondence: Correspondence,
    ) -> bool: ...

    async def finish(self, entry_point: str, mail: Fingerprint) -> None: ...

    async def note(self, entry_point: str, mail: Fingerprint, kind: MailKind) -> None: ...

    async def threads(
        self, entry_point: str, sender_token: str, conversation_ids: Sequence[str]
    ) -> dict[str, MailThread]: ...

    async def conversations_of(
        self, entry_point: str, message_ids: Sequence[str]
    ) -> dict[str, str]: ...


class FileStore(Protocol):
    """Sealed files under the SHA-256 of their plain bytes; Unavailable when it cannot write."""

    async def put(self, key: ContactKey, sha256: str, plain: bytes) -> None: ...


class MailTexts(Protocol):
    """What libraries know about mail texts."""

    def without_quotes(self, text: str) -> str: ...

    def sanitised(self, html: str) -> str: ...


class Sent(Protocol):
    """Our own mails, by the Message-ID that a bounce names."""

    async def sent_message(self, mail_id: str) -> tuple[str, str, str] | None:
        """Message id, contact id and conversation id."""
        ...
