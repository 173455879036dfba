"""Mails that the stack sends are kept for people and tests to read."""

import email
import smtplib
from email.message import EmailMessage
from pathlib import Path

from local_stack.ports import free_ports
from local_stack.smtp_sink import Keeper, sink


def send(port: int, subject: str) -> None:
    mail = EmailMessage()
    mail["Subject"] = subject
    mail["To"] = "shown@example.com"
    mail.set_content("hello")
    with smtplib.SMTP("127.0.0.1", port) as connection:
        connection.send_message(mail, "desk@example.com", ["hidden@example.com"])


def test_a_mail_is_a_file_with_its_envelope(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    server = sink(tmp_path, host="127.0.0.1", port=port)
    server.start()
    send(port, "an answer")
    server.stop()
    (file,) = tmp_path.glob("*.eml")
    mail = email.message_from_bytes(file.read_bytes())

    assert mail["Subject"] == "an answer"
    assert mail["X-Envelope-To"] == "hidden@example.com"


async def test_only_the_newest_mails_are_kept(tmp_path: Path) -> None:
    from aiosmtpd.smtp import Envelope

    keeper = Keeper(tmp_path, kept=2)
    for number in range(4):
        envelope = Envelope()
        envelope.content = f"Subject: {number}\r\n\r\n".encode()
        await keeper.handle_DATA(None, None, envelope)  # type: ignore[arg-type]
    kept = [file.read_text().count("Subject: ") for file in sorted(tmp_path.glob("*.eml"))]

    assert kept == [1, 1]
