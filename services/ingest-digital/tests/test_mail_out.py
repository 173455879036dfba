"""Mail out as an effect: once, with its result told, whatever dies in between."""

import asyncio
import os
import signal
import sys
from typing import Any

import pytest
from digital_mail import ANN, MAILBOX, PlayedRelay, a_mail, an_answer_to, send
from digital_people import PlayedRouter, TopicReader, sealed_into
from digital_replica import RunningApp, Start

from chassis.kafka import Producer
from chassis.testing import eventually, free_port, running
from contact_center.v1 import channel_commands_pb2, message_events_pb2
from ingest_digital.settings import Settings

SENT = message_events_pb2.DELIVERY_STATUS_SENT
FAILED = message_events_pb2.DELIVERY_STATUS_FAILED
PROGRAM = (sys.executable, "-m", "ingest_digital")
UNKNOWN = message_events_pb2.DELIVERY_STATUS_UNKNOWN


class Thread:
    """A mail of Ann's came in, and an agent answers it."""

    def __init__(self, router: PlayedRouter, topics: TopicReader, arrived: Any) -> None:
        self._router = router
        self._topics = topics
        self.arrived = arrived

    def order(self, text: str = "We found it.", message_id: str = "m-1", subject: str = "") -> Any:
        workspace, key_id = self._router.workspace, self.arrived.key_id
        order = channel_commands_pb2.SendMail(message_id=message_id)
        sealed_into(order.body, workspace, "SendMail.body", key_id, text)
        if subject:
            sealed_into(order.subject, workspace, "SendMail.subject", key_id, subject)
        return order

    async def answer(self, order: Any = None, **more: Any) -> str:
        return await self._router.commands(
            self.arrived.contact_id,
            self.arrived.conversation_id,
            send_mail=order or self.order(),
            **more,
        )

    async def deliveries(self) -> list[tuple[str, int, str]]:
        return [
            (e.delivery_updated.message_id, e.delivery_updated.status, e.delivery_updated.reason)
            for e in await self._topics.content()
            if e.WhichOneof("event") == "delivery_updated"
        ]

    async def result(self, count: int = 1, within: float = 60) -> list[tuple[str, int, str]]:
        async def are_there() -> list[tuple[str, int, str]]:
            found = await self.deliveries()
            return found if len(found) >= count else []

        return await eventually(are_there, within=within, every=0.2)


async def a_thread(app: RunningApp, router: PlayedRouter, topics: TopicReader) -> Thread:
    await eventually(lambda: app.app.policies.mailbox(MAILBOX))
    references = "<zero@customer.test>"
    await send(app, a_mail(Message_ID="<one@customer.test>", References=references))
    (arrived,) = await topics.facts("contact_arrived")
    return Thread(router, topics, arrived)


@pytest.fixture
async def thread(router: PlayedRouter, app: RunningApp, topics: TopicReader) -> Thread:
    return await a_thread(app, router, topics)


async def test_an_answer_goes_out_with_the_headers_of_its_thread(
    thread: Thread, relay: PlayedRelay
) -> None:
    await thread.answer()
    assert await thread.result() == [("m-1", SENT, "")]
    (mail,), (envelope,) = relay.mails, relay.envelopes

    assert (envelope.mail_from, envelope.rcpt_tos) == (MAILBOX, [ANN])
    assert (mail["From"], mail["To"]) == (MAILBOX, ANN)
    assert mail["Subject"] == "Re: Parcel 4711"
    assert mail["In-Reply-To"] == "<one@customer.test>"
    assert mail["References"] == "<zero@customer.test> <one@customer.test>"
    assert str(mail["Message-ID"]).endswith("@cc.test>")
    assert mail["Date"]
    assert mail["Auto-Submitted"] is None
    assert mail.get_content().strip() == "We found it."


async def test_the_customers_answer_to_our_mail_joins_the_thread(
    thread: Thread, app: RunningApp, relay: PlayedRelay, topics: TopicReader
) -> None:
    """Our Message-ID alone says it; one that is forged or sent by a stranger says nothing."""
    await thread.answer()
    await thread.result()
    (mail,) = relay.mails
    await send(app, an_answer_to(mail))
    forged = str(mail["Message-ID"]).replace("<c.", "<c.0", 1)
    await send(app, a_mail("Forged", In_Reply_To=forged))
    await send(app, an_answer_to(mail, "Stranger", From="eve@evil.test"))

    (reply,) = await topics.facts("customer_messaged")
    assert reply.conversation_id == thread.arrived.conversation_id
    assert len(await topics.facts("contact_arrived")) == 3


async def test_a_subject_and_a_text_of_any_script_arrive_whole(
    thread: Thread, relay: PlayedRelay
) -> None:
    text = "Größe 10 €\n.\nEnd " + "x" * 2000
    await thread.answer(thread.order(text, subject="Paket …\r\nBcc: x"))
    await thread.result()
    (mail,) = relay.mails

    assert mail["Subject"] == "Re: Paket … Bcc: x"
    assert mail["Bcc"] is None
    assert mail.get_content().splitlines() == text.splitlines()


async def test_a_file_goes_out_with_the_answer(
    thread: Thread, app: RunningApp, relay: PlayedRelay, topics: TopicReader
) -> None:
    """The customer's own file, sent back."""
    mail = a_mail("With a file", In_Reply_To="<one@customer.test>")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="größe.pdf")
    await send(app, mail)
    attachments = (await topics.content())[-1].message_recorded.attachments
    order = thread.order()
    order.attachments.extend(attachments)
    await thread.answer(order)
    await thread.result()
    (file,) = relay.mails[0].iter_attachments()

    assert (file.get_filename(), file.get_content()) == ("größe.pdf", b"%PDF")


async def test_a_repeated_command_is_one_mail(
    thread: Thread, router: PlayedRouter, relay: PlayedRelay
) -> None:
    command_id = await thread.answer()
    await thread.result()
    await thread.answer(command_id=command_id)
    await thread.answer(thread.order("The next", "m-2"))
    results = await thread.result(2)

    assert results == [("m-1", SENT, ""), ("m-2", SENT, "")]
    assert [mail.get_content().strip() for mail in relay.mails] == ["We found it.", "The next"]


async def test_a_temporary_refusal_is_tried_again(thread: Thread, relay: PlayedRelay) -> None:
    relay.answers = ["451 later", "421 later"]
    await thread.answer()

    assert await thread.result() == [("m-1", SENT, "")]
    assert len(relay.mails) == 1


async def test_a_temporary_refusal_that_stays_is_a_failure(
    thread: Thread, relay: PlayedRelay
) -> None:
    relay.answers = ["451 later"] * 3
    await thread.answer()

    assert await thread.result() == [("m-1", FAILED, "smtp_451")]
    assert relay.contents_seen == 3


async def test_a_final_refusal_is_a_failure(thread: Thread, relay: PlayedRelay) -> None:
    relay.answers = ["554 spam"]
    await thread.answer()

    assert await thread.result() == [("m-1", FAILED, "smtp_554")]
    assert relay.contents_seen == 1


async def test_a_relay_that_is_away_is_waited_for(thread: Thread, relay: PlayedRelay) -> None:
    await relay.__aexit__()
    await thread.answer()
    await asyncio.sleep(0.3)
    async with relay:
        assert await thread.result() == [("m-1", SENT, "")]


@pytest.mark.parametrize("answer", ["hang", "cut"])
async def test_a_line_that_breaks_after_the_content_is_unknown_and_not_repeated(
    thread: Thread, relay: PlayedRelay, answer: str
) -> None:
    relay.answers = [answer]
    await thread.answer()
    ((message_id, status, _),) = await thread.result()
    await thread.answer(thread.order("The next", "m-2"))
    await thread.result(2)

    assert (message_id, status) == ("m-1", UNKNOWN)
    assert relay.contents_seen == 2


async def test_a_service_killed_between_the_call_and_its_answer_reports_unknown(
    settings: Settings, start: Start, router: PlayedRouter, topics: TopicReader, relay: PlayedRelay
) -> None:
    """kill -9 while the relay has the content and has not answered (I13)."""
    first = await start()
    thread = await a_thread(first, router, topics)
    await first.end()
    relay.answers = ["hang"]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "ingest_digital",
        env=environment(settings),
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await thread.answer()
        await eventually(lambda: relay.contents_seen == 1)
        process.send_signal(signal.SIGKILL)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    assert await thread.deliveries() == []
    await start()

    assert await thread.result(within=40) == [("m-1", UNKNOWN, "no_answer_seen")]
    assert relay.contents_seen == 1


async def test_sigterm_ends_the_process_with_zero(settings: Settings, router: PlayedRouter) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "ingest_digital",
        env=environment(settings),
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    while b'"started"' not in (line := await process.stderr.readline()):
        assert line, "it ended while it started"
    process.terminate()
    _, log = await asyncio.wait_for(process.communicate(), 30)

    assert process.returncode == 0
    assert b"stopped" in log


async def test_what_flows_send_is_marked_as_automatic_and_cannot_loop(
    router: PlayedRouter, start: Start, topics: TopicReader, relay: PlayedRelay
) -> None:
    app = await start(smtp_automatic_per_hour=1)
    thread = await a_thread(app, router, topics)
    await thread.answer(source="self-service/x")
    await thread.result()
    await thread.answer(thread.order("Again", "m-2"), source="self-service/x")
    await thread.answer(thread.order("By an agent", "m-3"))
    results = await thread.result(3)

    assert sorted(results) == [
        ("m-1", SENT, ""),
        ("m-2", FAILED, "automatic_loop"),
        ("m-3", SENT, ""),
    ]
    assert [mail["Auto-Submitted"] for mail in relay.mails] == ["auto-replied", None]


async def test_what_cannot_be_sent_is_a_failure_with_its_reason(
    thread: Thread, router: PlayedRouter, relay: PlayedRelay
) -> None:
    await thread.answer(expired=True)
    await router.commands(
        "c", "00000000-0000-4000-8000-000000000000", send_mail=thread.order("x", "m-2")
    )
    order = thread.order("x", "m-3")
    order.attachments.add(sha256="0" * 64, content_type="text/plain").file_name.CopyFrom(order.body)
    await thread.answer(order)
    results = await thread.result(3)

    assert sorted(results) == [
        ("m-1", FAILED, "expired"),
        ("m-2", FAILED, "unknown_thread"),
        ("m-3", FAILED, "attachment_missing"),
    ]
    assert relay.mails == []


async def test_a_bounce_of_our_mail_is_its_delivery_status(
    thread: Thread, app: RunningApp, relay: PlayedRelay, topics: TopicReader
) -> None:
    await thread.answer()
    await thread.result()
    original = str(relay.mails[0]["Message-ID"])
    await send(app, a_bounce(original), sender="")
    await send(app, a_bounce("<c.forged@cc.test>"), sender="")
    await send(app, a_bounce(original, action="delayed"), sender="")

    assert await thread.deliveries() == [("m-1", SENT, ""), ("m-1", FAILED, "bounced_5.1.1")]
    assert len(await topics.facts()) == 1


async def test_garbage_among_the_commands_is_parked_and_the_rest_goes_on(
    thread: Thread, settings: Settings, relay: PlayedRelay
) -> None:
    async with running(Producer(settings, "tests")) as producer:
        for garbage in (b"\xff\xff\xff", b"", b"\x08"):
            await producer.send("channel-commands.v1", thread.arrived.contact_id, garbage)
            for topic in ("routing-events.v1", "message-events.v1", "workspace-policies.v1"):
                await producer.send(topic, thread.arrived.conversation_id, garbage)
    await thread.answer()

    assert await thread.result() == [("m-1", SENT, "")]


def a_bounce(original: str, action: str = "failed") -> bytes:
    return (
        "From: MAILER-DAEMON@relay.test\r\nTo: help@cc.test\r\nSubject: Undelivered\r\n"
        f"Message-ID: <{action}.{abs(hash(original))}@relay.test>\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; relay.test\r\n\r\n"
        f"Final-Recipient: rfc822; ann@customer.test\r\nAction: {action}\r\nStatus: 5.1.1\r\n\r\n"
        "--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: help@cc.test\r\n"
        f"Message-ID: {original}\r\n\r\nWe found it.\r\n--b--\r\n"
    ).encode()


def environment(settings: Settings) -> dict[str, str]:
    """What a process of the same settings finds in its environment."""
    found = {"PATH": os.environ["PATH"], "ADMIN_PORT": "0"}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if value is None:
            continue
        secret = getattr(value, "get_secret_value", None)
        found[name.upper()] = str(secret() if secret else value)
    return {**found, "CHAT_PORT": str(free_port()), "MAIL_PORT": str(free_port())}
