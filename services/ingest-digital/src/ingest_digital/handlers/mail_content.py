"""What a mail says, as content: text without quotes, safe HTML, files in the store."""

import hashlib

from ingest_digital.domain.facts import MessageRecorded
from ingest_digital.domain.mail import Mail, MailFile
from ingest_digital.domain.mail_thread import MailThread
from ingest_digital.domain.words import Attachment, Author, ContactKey, Kind
from ingest_digital.handlers.mail_ports import FileStore, MailTexts
from ingest_digital.handlers.ports import Vault

NOTHING_TO_READ = "(a mail without text)"


class MailContent:
    """Seals with the thread's key; what is too long is cut, the whole mail stays in the store."""

    def __init__(self, vault: Vault, store: FileStore, texts: MailTexts, limit_bytes: int) -> None:
        self._vault = vault
        self._store = store
        self._texts = texts
        self._limit_bytes = limit_bytes

    async def store_raw(self, key: ContactKey, sha256: str, raw: bytes) -> None:
        """The mail as it came, quotes and all."""
        await self._store.put(key, sha256, raw)

    async def message(
        self,
        message_id: str,
        thread: MailThread,
        mail: Mail,
        key: ContactKey,
        *,
        is_first: bool,
        kind: Kind = Kind.TEXT,
    ) -> MessageRecorded:
        """The content; returns after its files are in the store."""
        text, html = await self._read(mail, is_first)
        seal = self._vault.seal
        return MessageRecorded(
            message_id=message_id,
            contact_id=thread.contact_id,
            author=Author.CUSTOMER,
            kind=kind,
            body=seal(key, "MessageRecorded.body", text),
            subject=seal(key, "MessageRecorded.subject", mail.subject) if mail.subject else None,
            html=seal(key, "MessageRecorded.html", html) if html else None,
            attachments=tuple([await self._attachment(file, key) for file in mail.files]),
        )

    async def _read(self, mail: Mail, is_first: bool) -> tuple[str, str]:
        limit = self._limit_bytes
        text, safe = await self._texts.read(
            mail.text[:limit], mail.html[:limit], is_reply=not is_first
        )
        text = text.encode(errors="replace")[:limit].decode(errors="ignore")
        safe = safe if len(safe.encode(errors="replace")) <= limit else ""
        return text.strip() or NOTHING_TO_READ, safe

    async def _attachment(self, file: MailFile, key: ContactKey) -> Attachment:
        sha256 = hashlib.sha256(file.data).hexdigest()
        await self._store.put(key, sha256, file.data)
        return Attachment(
            sha256=sha256,
            size_bytes=len(file.data),
            content_type=file.content_type,
            file_name=self._vault.seal(key, "Attachment.file_name", file.name),
        )
