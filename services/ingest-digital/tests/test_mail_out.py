"""Mail out: what an agent wrote goes out on its thread, and its result is told."""

from digital_mail import ANN, MAILBOX, PlayedRelay, a_mail, an_answer_to, send
from digital_people import PlayedRouter
from digital_replica import RunningApp, Start
from digital_thread import FAILED, SENT, Thread, a_thread
from digital_topics import TopicReader


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
