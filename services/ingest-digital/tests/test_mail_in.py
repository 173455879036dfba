"""Mail in, from outside: a real SMTP client, the real broker, database and store."""

import asyncio
import hashlib
from email import policy
from pathlib import Path

import aiosmtplib
import pytest
from digital_keys import opened
from digital_mail import ANN, MAILBOX, a_mail, counted, send
from digital_people import PlayedRouter
from digital_replica import RunningApp, Start
from digital_topics import TopicReader

from chassis.sealing import address_token
from chassis.testing import eventually
from ingest_digital.settings import Settings


async def test_a_mail_is_a_contact_with_its_content_and_its_files(
    router: PlayedRouter, app: RunningApp, topics: TopicReader, settings: Settings
) -> None:
    mail = a_mail("My parcel is lost.\nPlease help. Grüße")
    mail.add_attachment(b"%PDF secret", maintype="application", subtype="pdf", filename="bill.pdf")
    await send(app, mail)
    (arrived,) = await topics.facts("contact_arrived")
    (event,) = await topics.content()
    recorded, workspace = event.message_recorded, settings.workspace

    assert (arrived.channel, arrived.entry_point) == (7, "help")
    assert arrived.first_message_id == recorded.message_id
    assert arrived.conversation_id == event.conversation_id
    assert opened(workspace, arrived.subject, "ContactArrived.subject") == "Parcel 4711"
    (address,) = arrived.addresses
    assert (address.kind, address.is_verified) == ("email", True)
    assert address.token == address_token("the secret of the tests", "email", ANN)
    assert opened(workspace, address.address, "AddressToken.address") == ANN
    text = opened(workspace, recorded.body, "MessageRecorded.body")
    assert text == "My parcel is lost.\nPlease help. Grüße"
    assert opened(workspace, recorded.subject, "MessageRecorded.subject") == "Parcel 4711"
    (file,) = recorded.attachments
    assert file.sha256 == hashlib.sha256(b"%PDF secret").hexdigest()
    assert (file.size_bytes, file.content_type) == (11, "application/pdf")
    assert opened(workspace, file.file_name, "Attachment.file_name") == "bill.pdf"
    assert await app.app.files.get(file.file_name.key_id, file.sha256) == b"%PDF secret"
    raw = mail.as_bytes(policy=policy.SMTP)
    raw = raw if raw.endswith(b"\r\n") else raw + b"\r\n"
    assert await app.app.files.get(arrived.key_id, hashlib.sha256(raw).hexdigest()) == raw


async def test_nothing_personal_of_a_mail_is_in_clear_in_a_topic_or_on_the_disk(
    router: PlayedRouter, app: RunningApp, topics: TopicReader, tmp_path: Path
) -> None:
    mail = a_mail("A very private sentence", Subject="Intimate subject")
    mail.add_attachment(b"diary", maintype="text", subtype="x-note", filename="my-diary.txt")
    await send(app, mail)

    found = await topics.raw()
    for file in tmp_path.rglob("*"):
        found += file.read_bytes() if file.is_file() else b""
    for secret in (b"private sentence", b"Intimate", b"diary", b"ann@customer", b"Ann Customer"):
        assert secret not in found


async def test_an_unknown_mailbox_is_refused_and_the_others_are_served(
    router: PlayedRouter, app: RunningApp, topics: TopicReader
) -> None:
    with pytest.raises(aiosmtplib.SMTPRecipientRefused) as refused:
        await send(app, a_mail(), recipients=["nobody@cc.test"])
    await send(app, a_mail(), recipients=["HELP@cc.test"])

    assert refused.value.code == 550
    assert len(await topics.facts("contact_arrived")) == 1


async def test_a_mail_whose_mailbox_goes_meanwhile_stays_with_its_sender(
    router: PlayedRouter, app: RunningApp, topics: TopicReader
) -> None:
    """The recipient was accepted: to take the mail now would lose it."""
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=app.app.mail.port) as client:
        await client.mail(ANN)
        await client.rcpt(MAILBOX)
        await router.activate_policy(mailbox="other@cc.test")
        await eventually(lambda: app.app.mail._policies.mailbox(MAILBOX) is None)
        with pytest.raises(aiosmtplib.SMTPDataError) as refused:
            await client.data(a_mail().as_bytes())

    assert refused.value.code == 451
    assert await topics.facts() == []


async def test_what_is_no_smtp_and_lines_without_end_are_refused_and_counted(
    router: PlayedRouter, app: RunningApp, topics: TopicReader
) -> None:
    before = counted("mails_refused", reason="not_understood")
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=app.app.mail.port) as client:
        assert (await client.execute_command(b"GET / HTTP/1.1")).code == 500
        await client.mail(ANN)
        await client.rcpt(MAILBOX)
        with pytest.raises(aiosmtplib.SMTPDataError) as refused:
            await client.data(b"From: ann@customer.test\r\n\r\n" + b"x" * 1_100_000)

    assert refused.value.code == 500
    assert counted("mails_refused", reason="not_understood") == before + 2
    assert await topics.facts() == []


async def test_before_there_is_a_policy_a_sender_is_told_to_try_again(app: RunningApp) -> None:
    with pytest.raises(aiosmtplib.SMTPRecipientRefused) as refused:
        await send(app, a_mail())

    assert refused.value.code == 451


async def test_a_mail_that_is_too_large_is_refused_before_and_after_its_content(
    router: PlayedRouter, start: Start, topics: TopicReader
) -> None:
    app = await start(mail_max_bytes=100_000)
    before = counted("mails_refused", reason="too_large")
    large = a_mail("x" * 70 + "\n" * 120_000)
    with pytest.raises(aiosmtplib.SMTPSenderRefused) as announced:
        await send(app, large)
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=app.app.mail.port) as client:
        assert client.supports_extension("size")
        assert client.esmtp_extensions["size"] == "100000"
        await client.mail(ANN)
        await client.rcpt(MAILBOX)
        with pytest.raises(aiosmtplib.SMTPDataError) as sent:
            await client.data(large.as_bytes())

    assert (announced.value.code, sent.value.code) == (552, 552)
    assert counted("mails_refused", reason="too_large") == before + 2
    assert await topics.facts() == []


@pytest.mark.parametrize(
    "raw",
    [
        b"no header at all, only a line\r\n",
        b"From: ann@customer.test\r\nSubject: =?utf-8?b?!!!?=\r\n\r\nbody\r\n",
        b"From: <<<>>>\r\nMessage-ID: <a\r\nTo: \xff\xfe\r\n\r\n\xff\xfebody\r\n",
        b"From: ann@customer.test\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--y\r\nbody",
        b"From: ann@customer.test\r\nContent-Type: text/plain; charset=klingon\r\n\r\nbody\r\n",
        b"From: ann@customer.test\r\nContent-Transfer-Encoding: base64\r\n\r\nb\xc3\xa4 ody=\r\n",
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\n\r\n" * 2000,
        b"From: ann@customer.test\r\n\r\n" + b"y" * 5000 + b"\r\n",
        b"",
    ],
    ids=["none", "word", "ids", "boundary", "charset", "base64", "parts", "long line", "empty"],
)
async def test_a_broken_mail_is_accepted_with_what_can_be_read(
    router: PlayedRouter, app: RunningApp, topics: TopicReader, raw: bytes
) -> None:
    await send(app, raw)

    assert len(await topics.facts("contact_arrived")) == 1
    assert len(await topics.content()) == 1


async def test_broken_mime_is_counted(router: PlayedRouter, app: RunningApp) -> None:
    before = counted("mail_defects")
    await send(app, b"Content-Type: multipart/mixed; boundary=x\r\n\r\nno part at all\r\n")

    assert counted("mail_defects") == before + 1


async def test_one_mail_to_two_mailboxes_is_two_contacts(
    router: PlayedRouter, app: RunningApp, topics: TopicReader
) -> None:
    await router.activate_policy(mailbox="help@cc.test", more={"sales": "sales@cc.test"})
    await eventually(lambda: app.app.policies.mailbox("sales@cc.test"))
    await send(app, a_mail(), recipients=["help@cc.test", "sales@cc.test"])
    arrived = await topics.facts("contact_arrived")

    assert {fact.entry_point for fact in arrived} == {"help", "sales"}
    assert len({fact.conversation_id for fact in arrived}) == 2


async def test_draining_finishes_the_mail_whose_content_is_on_its_way(
    router: PlayedRouter, app: RunningApp, topics: TopicReader
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", app.app.mail.port)

    async def command(line: str) -> str:
        writer.write(f"{line}\r\n".encode())
        while (answer := (await reader.readline()).decode())[3:4] != " ":
            pass
        return answer

    await reader.readline()
    await command("EHLO customer.test")
    await command(f"MAIL FROM:<{ANN}>")
    await command(f"RCPT TO:<{MAILBOX}>")
    assert (await command("DATA")).startswith("354")
    ending = asyncio.create_task(app.end())
    await eventually(lambda: app.app.mail._is_draining)
    answer = await command("From: ann@customer.test\r\nSubject: last\r\n\r\nBody\r\n.")
    goodbye = (await reader.readline()).decode()
    await ending

    assert answer.startswith("250")
    assert goodbye.startswith("421")
    assert len(await topics.facts("contact_arrived")) == 1


async def test_when_all_places_are_taken_the_next_sender_is_told_to_come_later(
    router: PlayedRouter, start: Start
) -> None:
    app = await start(mail_max_connections=1)
    _, held = await asyncio.open_connection("127.0.0.1", app.app.mail.port)
    reader, writer = await asyncio.open_connection("127.0.0.1", app.app.mail.port)

    assert (await reader.readline()).startswith(b"421")
    writer.close()
    held.close()
