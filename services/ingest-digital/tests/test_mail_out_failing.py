"""Mail out as an effect: once, with its result told, whatever dies in between."""

import asyncio
import os
import signal
import sys

import pytest
from digital_mail import PlayedRelay, send
from digital_people import PlayedRouter
from digital_replica import RunningApp, Start
from digital_thread import FAILED, SENT, UNKNOWN, Thread, a_thread
from digital_topics import TopicReader

from chassis.kafka import Producer
from chassis.testing import eventually, free_port, running
from ingest_digital.settings import Settings


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


async def test_an_orderly_end_waits_for_the_relay_that_has_the_mail(
    start: Start, router: PlayedRouter, topics: TopicReader, relay: PlayedRelay
) -> None:
    """What is known of a mail is told, and nobody's mail becomes unknown by an update."""
    app = await start(smtp_send_seconds=30)
    thread = await a_thread(app, router, topics)
    relay.answers = ["wait"]
    await thread.answer()
    await eventually(lambda: relay.contents_seen == 1)
    ending = asyncio.create_task(app.end())
    await eventually(lambda: app.app.mail_out.turns.is_stopping)
    relay.may_answer.set()
    await ending

    assert await thread.deliveries() == [("m-1", SENT, "")]


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
