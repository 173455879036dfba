"""Our mails to the relay, over SMTP."""

import asyncio
from email import policy
from email.message import EmailMessage
from email.utils import formatdate
from enum import StrEnum

import aiosmtplib
from aiosmtplib import SMTP

from ingest_digital.domain.outgoing import Handed, Handover, Letter
from ingest_digital.settings import Settings

# Any relay takes seven bits.
SMTP_POLICY = policy.SMTP.clone(cte_type="7bit")


class Relay:
    """Hands one letter over, in bounded time, and says what became of it."""

    def __init__(self, settings: Settings) -> None:
        host, _, port = settings.smtp_relay.rpartition(":")
        self._host = host
        self._port = int(port)
        self._settings = settings

    async def hand_over(self, letter: Letter, files: list[tuple[str, str, bytes]]) -> Handover:
        """Never raises for the relay's doing; UNKNOWN only when the content was on its way."""
        progress = _Progress()
        try:
            message = _message(letter, files)
            async with asyncio.timeout(self._settings.smtp_send_seconds):
                await self._deliver(letter, message, progress)
        except aiosmtplib.SMTPResponseException as error:
            return progress.judged(error.code)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            return progress.broken(type(error).__name__)
        except (ValueError, LookupError):
            # An address or a name that no mail can carry.
            return Handover(outcome=Handed.REFUSED, reason="unwritable")
        return Handover(outcome=Handed.TAKEN)

    async def _deliver(self, letter: Letter, message: EmailMessage, progress: "_Progress") -> None:
        settings = self._settings
        client = SMTP(
            hostname=self._host,
            port=self._port,
            use_tls=settings.smtp_relay_security == "tls",
            start_tls=settings.smtp_relay_security == "starttls",
            timeout=settings.smtp_send_seconds,
            username=settings.smtp_relay_username or None,
            password=settings.smtp_relay_password.get_secret_value() or None,
        )
        try:
            await client.connect()
            await client.mail(letter.sender)
            await client.rcpt(letter.recipient)
            progress.stage = Stage.CONTENT
            await client.data(message.as_bytes())
            progress.stage = Stage.TAKEN
            await client.quit()
        finally:
            client.close()


class Stage(StrEnum):
    BEFORE = "before"
    CONTENT = "content"
    TAKEN = "taken"


class _Progress:
    """How far a delivery is, which decides what a broken line means."""

    def __init__(self) -> None:
        self.stage = Stage.BEFORE

    def broken(self, reason: str) -> Handover:
        """The line broke, or no answer came in time."""
        outcomes = {Stage.CONTENT: Handed.UNKNOWN, Stage.TAKEN: Handed.TAKEN}
        return Handover(outcome=outcomes.get(self.stage, Handed.LATER), reason=reason)

    def judged(self, code: int) -> Handover:
        """The relay answered with a code that is not "yes"."""
        if self.stage is Stage.TAKEN or not 400 <= code < 600:
            return self.broken("no_proper_answer")
        outcome = Handed.REFUSED if code >= 500 else Handed.LATER
        return Handover(outcome=outcome, reason=f"smtp_{code}")


def _message(letter: Letter, files: list[tuple[str, str, bytes]]) -> EmailMessage:
    message = EmailMessage(policy=SMTP_POLICY)
    message["From"] = letter.sender
    message["To"] = letter.recipient
    message["Subject"] = letter.subject
    message["Date"] = formatdate(usegmt=True)
    message["Message-ID"] = f"<{letter.message_id}>"
    if letter.in_reply_to:
        message["In-Reply-To"] = f"<{letter.in_reply_to}>"
    if letter.references:
        message["References"] = " ".join(f"<{each}>" for each in letter.references)
    if letter.is_automatic:
        message["Auto-Submitted"] = "auto-replied"
    message.set_content(letter.text)
    for name, content_type, data in files:
        maintype, _, subtype = content_type.partition("/")
        message.add_attachment(
            data,
            maintype=maintype or "application",
            subtype=subtype or "octet-stream",
            filename=name,
        )
    return message
