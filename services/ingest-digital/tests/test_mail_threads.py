"""Which conversation a mail belongs to, and what of it is shown there."""

import uuid

from digital_keys import opened
from digital_mail import a_mail, send
from digital_people import PlayedRouter
from digital_replica import RunningApp
from digital_topics import TopicReader

from chassis.testing import eventually
from ingest_digital.settings import Settings


async def test_an_answer_joins_its_thread_by_the_customers_own_ids(
    router: PlayedRouter, app: RunningApp, topics: TopicReader
) -> None:
    """In-Reply-To first, then References from the right."""
    await send(app, a_mail(Message_ID="<one@customer.test>"))
    await send(app, a_mail(Message_ID="<two@customer.test>", Subject="Something else"))
    await send(app, a_mail("Reply", In_Reply_To="<one@customer.test>", Subject="Anything"))
    references = "<two@customer.test> <one@customer.test> <unknown@customer.test>"
    await send(app, a_mail("Again", References=references))
    one, _ = await topics.facts("contact_arrived")
    replies = await topics.facts("customer_messaged")

    assert {reply.conversation_id for reply in replies} == {one.conversation_id}
    assert {reply.contact_id for reply in replies} == {one.contact_id}
    assert {reply.key_id for reply in replies} == {one.key_id}
    for reply in replies:
        expected = str(uuid.uuid5(uuid.UUID(reply.message_id), "contact"))
        assert (reply.new_contact_id, reply.entry_point) == (expected, "help")
        assert [address.kind for address in reply.addresses] == ["email"]


async def test_a_stranger_who_names_a_thread_does_not_get_into_it(
    router: PlayedRouter, app: RunningApp, topics: TopicReader
) -> None:
    await send(app, a_mail(Message_ID="<one@customer.test>"))
    await send(app, a_mail(From="eve@evil.test", In_Reply_To="<one@customer.test>"))

    assert len({f.conversation_id for f in await topics.facts("contact_arrived")}) == 2


async def test_an_answer_names_the_contact_that_the_router_opened_last(
    router: PlayedRouter, app: RunningApp, topics: TopicReader
) -> None:
    await send(app, a_mail(Message_ID="<one@customer.test>"))
    (arrived,) = await topics.facts("contact_arrived")
    await router.opens("later-contact", arrived.conversation_id, channel=7, by=3)

    async def is_known() -> bool:
        found = await app.app.database.fetchval("SELECT contact_id FROM mail_threads")
        return found == "later-contact"

    await eventually(is_known)
    await send(app, a_mail(In_Reply_To="<one@customer.test>"))

    (reply,) = await topics.facts("customer_messaged")
    assert reply.contact_id == "later-contact"


async def test_quotes_of_earlier_mails_are_cut_and_stay_in_the_store(
    router: PlayedRouter, app: RunningApp, topics: TopicReader, settings: Settings
) -> None:
    await send(app, a_mail(Message_ID="<one@customer.test>"))
    text = "It works now.\n\nOn Mon, Nov 2, 2026 at 10:00 Help <help@cc.test> wrote:\n> Try again\n"
    await send(app, a_mail(text, In_Reply_To="<one@customer.test>"))
    by_id = {e.message_recorded.message_id: e.message_recorded for e in await topics.content()}
    (reply,) = await topics.facts("customer_messaged")

    body = by_id[reply.message_id].body
    assert opened(settings.workspace, body, "MessageRecorded.body") == "It works now."


async def test_html_is_text_for_reading_and_safe_for_showing(
    router: PlayedRouter, app: RunningApp, topics: TopicReader, settings: Settings
) -> None:
    mail = a_mail()
    mail.set_content(
        "<html><head><style>p{}</style></head><body><p>Hello <b>you</b></p><script>steal()</script>"
        '<p onclick="steal()">Second</p><img src="https://spy.test/1.gif"></body></html>',
        subtype="html",
    )
    await send(app, mail)
    (event,) = await topics.content()
    recorded = event.message_recorded

    text = opened(settings.workspace, recorded.body, "MessageRecorded.body")
    assert text == "Hello you\n\nSecond"
    html = opened(settings.workspace, recorded.html, "MessageRecorded.html")
    assert "<b>you</b>" in html
    assert all(bad not in html for bad in ("script", "onclick", "spy.test", "style"))
