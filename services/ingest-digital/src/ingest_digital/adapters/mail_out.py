"""Mails out: commands become intents, intents become mails, results are told."""

import logging
from datetime import UTC, datetime

from chassis.errors import InvalidMessage, Unavailable
from chassis.kafka import Record
from ingest_digital import metrics
from ingest_digital.adapters.codec import read
from ingest_digital.adapters.codec.read import Command, MailOrder
from ingest_digital.adapters.files import SealedFiles
from ingest_digital.adapters.mail_book import PostgresMailBook
from ingest_digital.adapters.outgoing_book import OutgoingBook, OutgoingMail
from ingest_digital.adapters.relay import Relay
from ingest_digital.adapters.turns import Turns
from ingest_digital.adapters.vault import KeyVault
from ingest_digital.domain import ids
from ingest_digital.domain.facts import DeliveryStatus, DeliveryUpdated
from ingest_digital.domain.mail_thread import Correspondence, MailThread
from ingest_digital.domain.outgoing import Handed, Handover, Letter, OutgoingState, after
from ingest_digital.domain.threads import own_message_id, reply_references, reply_subject
from ingest_digital.domain.words import Channel, Sealed
from ingest_digital.handlers.ports import Publisher
from ingest_digital.settings import Settings

PEOPLE = "desk"
MANY = 100

log = logging.getLogger(__name__)

Files = list[tuple[str, str, bytes]]


class MailOut:
    """SendMail as an effect: a row of intent before the relay is called, its result after."""

    def __init__(
        self,
        settings: Settings,
        *,
        book: PostgresMailBook,
        outgoing: OutgoingBook,
        vault: KeyVault,
        files: SealedFiles,
        relay: Relay,
        publisher: Publisher,
    ) -> None:
        self._settings = settings
        self._book = book
        self._outgoing = outgoing
        self._vault = vault
        self._files = files
        self._relay = relay
        self._publisher = publisher
        self._thread_key = settings.signing_key("mail")
        self.turns = Turns("outgoing mail", self.turn, 1.0, first=outgoing.give_up_own)

    async def on_command(self, record: Record) -> None:
        """Remember the intent of a SendMail; every other command is another's."""
        command = read.command(record.value)
        if command.workspace != self._settings.workspace or command.mail is None:
            return
        found = await self._book.correspondence(command.conversation_id)
        is_automatic = not command.source.startswith(PEOPLE)
        reason = "" if found else "unknown_thread"
        if command.expires_at is not None and command.expires_at < datetime.now(UTC):
            reason = "expired"
        elif is_automatic and await self._is_loop(command.conversation_id):
            reason = "automatic_loop"
        intent = OutgoingMail(
            command_id=command.command_id,
            conversation_id=command.conversation_id,
            contact_id=command.contact_id,
            message_id=command.mail.message_id,
            mail_id=self._mail_id(command, found[0].mailbox) if found else "",
            command=record.value,
            is_automatic=is_automatic,
            state=OutgoingState.FAILED if reason else OutgoingState.INTENDED,
            reason=reason,
            attempts=0,
        )
        await self._outgoing.intend(intent)
        self.turns.wake()

    async def on_step(self, record: Record) -> None:
        """Remember which contact a thread has now."""
        step = read.step(record.value)
        if step.workspace != self._settings.workspace:
            return
        for opened in step.opened:
            if opened.channel is Channel.EMAIL:
                await self._book.contact_opened(
                    opened.conversation_id, opened.contact_id, step.number
                )

    async def turn(self) -> None:
        """Send what is due, give up what nobody answers for, tell the results."""
        given_up = await self._outgoing.give_up(2 * self._settings.smtp_send_seconds + 5.0)
        if given_up:
            log.error("mails of unknown outcome", extra={"count": given_up})
        await self._report()
        for _ in range(MANY):
            mail = await self._outgoing.claim()
            if mail is None:
                break
            await self._send(mail)
            await self._report()
            if self.turns.is_stopping:
                return
        metrics.MAILS_WAITING.set(await self._outgoing.waiting())

    async def _send(self, mail: OutgoingMail) -> None:
        try:
            prepared = await self._prepared(mail)
        except Unavailable:
            # Nothing was sent, so it is only put off.
            prepared = Handover(outcome=Handed.LATER, reason="keys_or_store_away")
        if isinstance(prepared, Handover):
            handover = prepared
        else:
            handover = await self._relay.hand_over(*prepared)
        settings = self._settings
        what = after(handover, mail.attempts, settings.smtp_attempts, settings.smtp_backoff_seconds)
        await self._outgoing.settle(mail.command_id, what)
        log.info("mail handed over", extra={"outcome": handover.outcome, "reason": what.reason})
        metrics.MAILS_OUT.labels(what.state.value).inc()

    async def _prepared(self, mail: OutgoingMail) -> tuple[Letter, Files] | Handover:
        """The letter and its files; a Handover when it cannot be written."""
        command = read.command(mail.command)
        found = await self._book.correspondence(mail.conversation_id)
        if command.mail is None or found is None:
            return Handover(outcome=Handed.REFUSED, reason="unknown_thread")
        letter = await self._letter(mail, command.mail, *found)
        if letter is None:
            return Handover(outcome=Handed.REFUSED, reason="unreadable_or_no_address")
        files = await self._read_files(command.mail)
        if files is None:
            return Handover(outcome=Handed.REFUSED, reason="attachment_missing")
        return letter, files

    async def _letter(
        self, mail: OutgoingMail, order: MailOrder, thread: MailThread, about: Correspondence
    ) -> Letter | None:
        text = await self._vault.open(order.body, "SendMail.body")
        recipient = await self._opened(about.customer, "mail_threads.customer")
        if text is None or not recipient:
            return None
        subject = await self._opened(order.subject, "SendMail.subject")
        subject = subject or await self._opened(about.subject, "mail_threads.subject")
        last = await self._opened(about.last_message_id, "mail_threads.last_message_id")
        before = await self._opened(about.last_references, "mail_threads.last_references")
        return Letter(
            message_id=mail.mail_id,
            sender=thread.mailbox,
            recipient=recipient,
            subject=reply_subject(" ".join(subject.split())),
            text=text,
            in_reply_to=last,
            references=reply_references(tuple(before.split()), last),
            is_automatic=mail.is_automatic,
        )

    async def _read_files(self, order: MailOrder) -> Files | None:
        files: Files = []
        for each in order.attachments:
            data = await self._files.get(each.file_name.key_id, each.sha256)
            name = await self._opened(each.file_name, "Attachment.file_name")
            if data is None:
                return None
            files.append((name or "attachment", each.content_type, data))
        return files

    async def _opened(self, sealed: Sealed | None, purpose: str) -> str:
        return (await self._vault.open(sealed, purpose) or "") if sealed else ""

    async def _report(self) -> None:
        for mail in await self._outgoing.unreported(MANY):
            updated = DeliveryUpdated(
                message_id=mail.message_id,
                contact_id=mail.contact_id,
                status=DeliveryStatus(mail.state.value),
                reason=mail.reason,
            )
            event_id = ids.event_id("DeliveryUpdated", mail.command_id, mail.state)
            await self._publisher.content(event_id, mail.conversation_id, updated)
            await self._outgoing.reported(mail.command_id)

    async def _is_loop(self, conversation_id: str) -> bool:
        lately = await self._outgoing.automatic_lately(conversation_id)
        return lately >= self._settings.smtp_automatic_per_hour

    def _mail_id(self, command: Command, mailbox: str) -> str:
        domain = mailbox.rpartition("@")[2]
        try:
            return own_message_id(
                self._thread_key, command.conversation_id, command.command_id, domain
            )
        except ValueError:
            raise InvalidMessage("a conversation id that is no UUID") from None
