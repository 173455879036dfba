"""Mails for the tests: how customers write them, and the relay that takes ours."""

import asyncio
import email
from email import policy
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any, Self

import aiosmtplib
from aiosmtpd.smtp import SMTP
from digital_replica import RunningApp
from prometheus_client import REGISTRY

from chassis.testing import free_port

MAILBOX = "help@cc.test"
ANN = "ann@customer.test"


class PlayedRelay:
    """An SMTP server. `answers` go to the next DATA commands; "hang", "cut" and
    "wait" (until `may_answer`) are special.
    """

    def __init__(self) -> None:
        self.address = f"127.0.0.1:{free_port()}"
        self.mails: list[Any] = []
        self.envelopes: list[Any] = []
        self.answers: list[str] = []
        self.contents_seen = 0
        self.may_answer = asyncio.Event()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        port = int(self.address.rpartition(":")[2])
        self._server = await loop.create_server(
            lambda: SMTP(self, loop=loop, hostname="relay.test"), "127.0.0.1", port
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.contents_seen += 1
        answer = self.answers.pop(0) if self.answers else ""
        if answer == "hang":
            await asyncio.sleep(3600)
        if answer == "cut":
            server.transport.abort()
        if answer == "wait":
            await self.may_answer.wait()
        elif answer:
            return answer
        self.envelopes.append(envelope)
        self.mails.append(email.message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


def a_mail(text: str = "My parcel is lost.", **headers: str) -> EmailMessage:
    """A mail of Ann's to the mailbox; given headers replace or add, `_` stands for `-`."""
    mail = EmailMessage()
    known = {
        "From": f"Ann Customer <{ANN}>",
        "To": MAILBOX,
        "Subject": "Parcel 4711",
        "Message-ID": make_msgid(domain="customer.test"),
    }
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    for name, value in {**known, **given}.items():
        mail[name] = value
    mail.set_content(text)
    return mail


async def send(
    app: RunningApp,
    mail: EmailMessage | bytes,
    *,
    recipients: list[str] | None = None,
    sender: str = ANN,
) -> None:
    """Hand it over as a mail system would; raises with the server's code when it is refused."""
    raw = mail if isinstance(mail, bytes) else mail.as_bytes(policy=policy.SMTP)
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=app.app.mail.port, timeout=20)
    async with client:
        await client.mail(sender, options=[f"SIZE={len(raw)}"])
        for recipient in recipients or [MAILBOX]:
            await client.rcpt(recipient)
        await client.data(raw)


def an_answer_to(mail: Any, text: str = "Thanks!", **headers: str) -> EmailMessage:
    """Ann answers a mail of ours."""
    sent_id = str(mail["Message-ID"])
    return a_mail(
        text, Subject=str(mail["Subject"]), In_Reply_To=sent_id, References=sent_id, **headers
    )


def counted(name: str, **labels: str) -> float:
    """The value of one of our counters."""
    return REGISTRY.get_sample_value(f"ingest_digital_{name}_total", labels) or 0.0
