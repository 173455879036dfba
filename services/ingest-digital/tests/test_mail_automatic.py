"""Mails that no person wrote."""

import pytest
from digital_mail import a_mail, counted, send
from digital_people import PlayedRouter
from digital_replica import RunningApp
from digital_topics import TopicReader


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; owner-email=x"},
        {"Precedence": "bulk"},
        {"Precedence": "list"},
        {"X_Auto_Response_Suppress": "All"},
    ],
    ids=["replied", "generated", "bulk", "list", "suppress"],
)
async def test_an_automatic_mail_opens_no_contact(
    router: PlayedRouter, app: RunningApp, topics: TopicReader, headers: dict[str, str]
) -> None:
    before = counted("mails_received", outcome="automatic")
    await send(app, a_mail("I am on holiday", **headers))

    assert await topics.facts() == []
    assert counted("mails_received", outcome="automatic") == before + 1


async def test_an_automatic_answer_is_a_note_on_its_thread(
    router: PlayedRouter, app: RunningApp, topics: TopicReader
) -> None:
    await send(app, a_mail(Message_ID="<one@customer.test>"))
    away = {"In_Reply_To": "<one@customer.test>", "Auto_Submitted": "auto-replied"}
    await send(app, a_mail("I am on holiday", **away))
    first, note = await topics.content()

    assert note.message_recorded.kind == 4
    assert note.conversation_id == first.conversation_id
    assert await topics.facts("customer_messaged") == []


async def test_a_mail_says_no_to_automatic_answers_by_saying_no(
    router: PlayedRouter, app: RunningApp, topics: TopicReader
) -> None:
    await send(app, a_mail(Auto_Submitted="no"))

    assert len(await topics.facts("contact_arrived")) == 1
