"""A customer who writes mails over SMTP, and the folder where the answers are delivered."""

from email.message import EmailMessage
from email.utils import make_msgid

import aiosmtplib

WAIT_SECONDS = 30.0


async def send_mail(
    host: str,
    port: int,
    *,
    sender: str,
    recipient: str,
    subject: str,
    text: str,
    attachment: tuple[str, bytes] | None = None,
    in_reply_to: str | None = None,
) -> str:
    """Hand over one mail; returns its Message-ID once the server has said 250.

    Raises aiosmtplib.SMTPException with the server's code when it is refused.
    """
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = recipient
    mail["Subject"] = subject
    mail["Message-ID"] = make_msgid(domain=sender.partition("@")[2])
    if in_reply_to:
        mail["In-Reply-To"] = in_reply_to
        mail["References"] = in_reply_to
    mail.set_content(text)
    if attachment is not None:
        name, data = attachment
        mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    await aiosmtplib.send(mail, hostname=host, port=port, timeout=WAIT_SECONDS, start_tls=False)
    return str(mail["Message-ID"])
