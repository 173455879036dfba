"""A mail comes in: once, on its thread, whole before it is acknowledged."""

import asyncio
import hashlib
import logging

from chassis.errors import Unavailable
from ingest_digital.domain import ids
from ingest_digital.domain.dedup import Fingerprint, Seen, fingerprint
from ingest_digital.domain.facts import ContactArrived, CustomerMessaged
from ingest_digital.domain.mail import Mail, MailKind
from ingest_digital.domain.mail_thread import Correspondence, MailThread
from ingest_digital.domain.mime import read_mail
from ingest_digital.domain.threads import candidates, own_conversation
from ingest_digital.domain.words import Address, Channel, ContactKey, EntryPoint, Position
from ingest_digital.handlers.automatic_mail import AutomaticMail
from ingest_digital.handlers.mail_content import MailContent
from ingest_digital.handlers.mail_ports import MailBook
from ingest_digital.handlers.ports import Publisher, Vault

log = logging.getLogger(__name__)


class MailIntake:
    """Returns what became of the mail, only after everything of it is durable.

    Unavailable means: say "try again"; a repeat makes the same ids, so nothing is there twice.
    """

    def __init__(
        self,
        workspace: str,
        *,
        book: MailBook,
        content: MailContent,
        automatic: AutomaticMail,
        vault: Vault,
        publisher: Publisher,
        thread_key: bytes,
    ) -> None:
        self._workspace = workspace
        self._book = book
        self._content = content
        self._automatic = automatic
        self._vault = vault
        self._publisher = publisher
        self._thread_key = thread_key

    async def take(self, raw: bytes, envelope_sender: str, point: EntryPoint) -> tuple[str, Mail]:
        """Accept one mail for one mailbox; the outcome for the metrics, and the mail."""
        mail = await asyncio.to_thread(read_mail, raw)
        print_ = await asyncio.to_thread(fingerprint, mail, raw)
        receipt = await self._book.receipt(point.name, print_)
        if receipt.seen in (Seen.REPEATED, Seen.OTHER_CONTENT):
            return receipt.seen.value, mail
        kind = mail.kind(envelope_sender)
        if kind is not MailKind.ORDINARY:
            thread = await self._thread(mail, point)
            await self._automatic.take(mail, kind, thread)
            await self._book.note(point.name, print_, kind)
            return kind.value, mail
        if receipt.seen is Seen.NEW:
            await self._begin(mail, print_, point)
            receipt = await self._book.receipt(point.name, print_)
        if receipt.thread is None:
            raise Unavailable("the mail's receipt changed while it was taken")
        await self._write(mail, raw, print_, receipt.thread, is_first=receipt.is_first)
        await self._book.finish(point.name, print_)
        return ("new_thread" if receipt.is_first else "reply"), mail

    async def _begin(self, mail: Mail, print_: Fingerprint, point: EntryPoint) -> None:
        """Choose the thread and remember the choice, so that a repeat makes the same."""
        thread = await self._thread(mail, point)
        is_first = thread is None
        if thread is None:
            conversation_id = ids.mail_conversation_id(self._workspace, point.name, print_.key)
            thread = MailThread(
                conversation_id=conversation_id,
                entry_point=point.name,
                mailbox=point.address.lower(),
                key_id=(await self._vault.new_key()).key_id,
                contact_id=ids.first_contact_id(conversation_id),
            )
        key = await self._vault.key(thread.key_id)
        await self._book.begin(
            thread,
            print_,
            is_first=is_first,
            sender_token=self._token(mail),
            message_id=mail.message_id,
            correspondence=self._correspondence(mail, key),
        )

    async def _thread(self, mail: Mail, point: EntryPoint) -> MailThread | None:
        """The nearest conversation that the mail names and its sender belongs to."""
        named = candidates(mail.in_reply_to, mail.references)
        if not named or mail.sender is None:
            return None
        ours = {each: own_conversation(self._thread_key, each) for each in named}
        theirs = [each for each in named if ours[each] is None]
        known = await self._book.conversations_of(point.name, theirs)
        wanted = [ours[each] or known.get(each) for each in named]
        found = await self._book.threads(
            point.name, self._token(mail), [each for each in wanted if each]
        )
        return next((found[each] for each in wanted if each in found), None)

    async def _write(
        self, mail: Mail, raw: bytes, print_: Fingerprint, thread: MailThread, *, is_first: bool
    ) -> None:
        """Files, content, fact: in this order."""
        key = await self._vault.key(thread.key_id)
        message_id = ids.mail_message_id(self._workspace, thread.entry_point, print_.key)
        await self._content.store_raw(key, hashlib.sha256(raw).hexdigest(), raw)
        content = await self._content.message(message_id, thread, mail, key, is_first=is_first)
        event_id = ids.event_id("MessageRecorded", message_id)
        position = await self._publisher.content(event_id, thread.conversation_id, content)
        if is_first:
            await self._say_arrived(mail, thread, key, message_id, position)
        else:
            await self._say_messaged(mail, thread, key, message_id, position)

    async def _say_arrived(
        self, mail: Mail, thread: MailThread, key: ContactKey, message_id: str, position: Position
    ) -> None:
        subject = self._vault.seal(key, "ContactArrived.subject", mail.subject)
        contact_id = ids.first_contact_id(thread.conversation_id)
        fact = ContactArrived(
            contact_id=contact_id,
            channel=Channel.EMAIL,
            entry_point=thread.entry_point,
            conversation_id=thread.conversation_id,
            key_id=key.key_id,
            addresses=self._vault.tokens(key, _addresses(mail)),
            subject=subject if mail.subject else None,
            first_message_id=message_id,
            first_message_position=position,
        )
        await self._publisher.fact(ids.event_id("ContactArrived", contact_id), fact)

    async def _say_messaged(
        self, mail: Mail, thread: MailThread, key: ContactKey, message_id: str, position: Position
    ) -> None:
        fact = CustomerMessaged(
            contact_id=thread.contact_id,
            conversation_id=thread.conversation_id,
            message_id=message_id,
            position=position,
            new_contact_id=ids.later_contact_id(message_id),
            channel=Channel.EMAIL,
            entry_point=thread.entry_point,
            key_id=key.key_id,
            addresses=self._vault.tokens(key, _addresses(mail)),
        )
        await self._publisher.fact(ids.event_id("CustomerMessaged", message_id), fact)

    def _token(self, mail: Mail) -> str:
        return self._vault.token("email", mail.sender) if mail.sender else ""

    def _correspondence(self, mail: Mail, key: ContactKey) -> Correspondence:
        seal = self._vault.seal
        references = " ".join(mail.references)
        return Correspondence(
            customer=seal(key, "mail_threads.customer", mail.sender) if mail.sender else None,
            subject=seal(key, "mail_threads.subject", mail.subject),
            last_message_id=seal(key, "mail_threads.last_message_id", mail.message_id),
            last_references=seal(key, "mail_threads.last_references", references),
        )


def _addresses(mail: Mail) -> list[Address]:
    """The sender of a mail counts as vouched for, as the contract of AddressToken says."""
    if mail.sender is None:
        return []
    return [Address(kind="email", address=mail.sender, is_verified=True)]
