"""Bounces and automatic mails: recorded, but nobody's contact."""

import logging
import re

from ingest_digital.domain import ids
from ingest_digital.domain.facts import DeliveryStatus, DeliveryUpdated
from ingest_digital.domain.mail import Mail, MailKind
from ingest_digital.domain.mail_thread import MailThread
from ingest_digital.domain.threads import own_conversation
from ingest_digital.domain.words import Kind
from ingest_digital.handlers.mail_content import MailContent
from ingest_digital.handlers.mail_ports import Sent
from ingest_digital.handlers.ports import Publisher, Vault

log = logging.getLogger(__name__)


class AutomaticMail:
    """A bounce of our mail is its delivery status; an automatic answer is a note on its thread."""

    def __init__(
        self,
        *,
        sent: Sent,
        content: MailContent,
        vault: Vault,
        publisher: Publisher,
        thread_key: bytes,
    ) -> None:
        self._sent = sent
        self._content = content
        self._vault = vault
        self._publisher = publisher
        self._thread_key = thread_key

    async def take(self, mail: Mail, kind: MailKind, thread: MailThread | None) -> None:
        """Write what it tells about a conversation of ours; nothing if it tells nothing."""
        if mail.report is not None:
            await self._bounced(mail)
        elif kind is MailKind.AUTOMATIC and thread is not None:
            await self._note(mail, thread)

    async def _bounced(self, mail: Mail) -> None:
        report = mail.report
        if report is None or report.action != "failed":
            return
        if own_conversation(self._thread_key, report.original_message_id) is None:
            return
        sent = await self._sent.sent_message(report.original_message_id)
        if sent is None:
            return
        message_id, contact_id, conversation_id = sent
        updated = DeliveryUpdated(
            message_id=message_id,
            contact_id=contact_id,
            status=DeliveryStatus.FAILED,
            reason=f"bounced_{_code(report.status)}",
        )
        event_id = ids.event_id("DeliveryUpdated", message_id, "bounced")
        await self._publisher.content(event_id, conversation_id, updated)

    async def _note(self, mail: Mail, thread: MailThread) -> None:
        message_id = ids.event_id("automatic-mail", thread.conversation_id, mail.message_id)
        key = await self._vault.key(thread.key_id)
        content = await self._content.message(
            message_id, thread, mail, key, is_first=False, kind=Kind.NOTICE
        )
        event_id = ids.event_id("MessageRecorded", message_id)
        await self._publisher.content(event_id, thread.conversation_id, content)


def _code(status: str) -> str:
    found = re.match(r"[245]\.\d{1,3}\.\d{1,3}", status)
    return found[0] if found else "unknown"
