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
    """Text without quotes of earlier mails (if it is a reply), and safe HTML; in bounded time."""

    async def read(self, text: str, html: str, *, is_reply: bool) -> tuple[str, str]: ...


class Sent(Protocol):
    """Our own mails, by the Message-ID that a bounce names."""

    async def sent_message(self, mail_id: str) -> tuple[str, str, str] | None:
        """Message id, contact id and conversation id."""
        ...
