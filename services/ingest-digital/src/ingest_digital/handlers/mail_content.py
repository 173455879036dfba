"""What a mail says, as content: text without quotes, safe HTML, files in the store."""

import asyncio
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
        text, html = await asyncio.to_thread(self._read, mail, is_first)
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

    def _read(self, mail: Mail, is_first: bool) -> tuple[str, str]:
        text = mail.text[: self._limit_bytes]
        if not is_first:
            text = self._texts.without_quotes(text).strip() or text
        text = text.encode(errors="replace")[: self._limit_bytes].decode(errors="ignore")
        html = mail.html if len(mail.html.encode(errors="replace")) <= self._limit_bytes else ""
        safe = self._texts.sanitised(html) if html else ""
        return text.strip() or NOTHING_TO_READ, safe[: self._limit_bytes]

    async def _attachment(self, file: MailFile, key: ContactKey) -> Attachment:
        sha256 = hashlib.sha256(file.data).hexdigest()
        await self._store.put(key, sha256, file.data)
        return Attachment(
            sha256=sha256,
            size_bytes=len(file.data),
            content_type=file.content_type,
            file_name=self._vault.seal(key, "Attachment.file_name", file.name),
        )
