"""A mail that comes twice, or again after an outage or a crash, is one message."""

from email import policy
from pathlib import Path

import aiosmtplib
import pytest
from digital_mail import MAILBOX, a_mail, counted, send
from digital_people import PlayedRouter
from digital_replica import RunningApp, Start
from digital_topics import TopicReader

from chassis.errors import Unavailable
from chassis.testing import eventually
from ingest_digital.domain.facts import ContactArrived, CustomerMessaged, Fact


async def test_a_mail_that_comes_again_is_one_message(
    router: PlayedRouter, start: Start, topics: TopicReader
) -> None:
    """By another way and to another replica, too: each relay adds headers of its own."""
    one, other = await start(), await start()
    mail = a_mail()
    again = b"Received: from elsewhere by relay2.test\r\n" + mail.as_bytes(policy=policy.SMTP)
    await send(one, mail)
    await send(one, mail)
    await send(other, again)

    assert len(await topics.facts("contact_arrived")) == 1
    assert len(await topics.content()) == 1


async def test_the_same_message_id_with_other_content_is_ignored_and_reported(
    router: PlayedRouter, app: RunningApp, topics: TopicReader
) -> None:
    before = counted("security_events", kind="repeated_message_id")
    await send(app, a_mail("The first", Message_ID="<m1@customer.test>"))
    await send(app, a_mail("A forgery", Message_ID="<m1@CUSTOMER.test>"))

    assert len(await topics.content()) == 1
    assert counted("security_events", kind="repeated_message_id") == before + 1


@pytest.mark.parametrize("away", ["kafka", "postgres", "store", "keys"])
async def test_while_something_is_away_the_sender_keeps_the_mail(
    router: PlayedRouter, start: Start, topics: TopicReader, away: str, tmp_path: Path
) -> None:
    """451; and when all is back, the retry is the same message, once."""
    app = await start(key_batch=1, data_dir=tmp_path / "one")
    await eventually(lambda: app.app.policies.mailbox(MAILBOX))
    mail = a_mail()
    if away == "kafka":
        await app.app.producer.stop()
    elif away == "postgres":
        await app.app.database.stop()
    elif away == "store":
        (tmp_path / "one").mkdir()
        (tmp_path / "one" / "attachments").write_text("a file where the folder should be")
    else:
        await app.app.keys.stop()
    with pytest.raises(aiosmtplib.SMTPDataError) as refused:
        await send(app, mail)
    assert refused.value.code == 451
    assert await topics.facts() == []
    other = await start()
    await send(other, mail)
    await send(other, mail)

    assert len(await topics.facts("contact_arrived")) == 1
    assert len({event.message_recorded.message_id for event in await topics.content()}) == 1


@pytest.mark.parametrize("lost", [ContactArrived, CustomerMessaged])
async def test_a_crash_between_content_and_fact_is_made_good_by_the_retry(
    router: PlayedRouter, start: Start, topics: TopicReader, lost: type[Fact]
) -> None:
    one, other = await start(), await start()
    first, second = (
        a_mail(Message_ID="<m1@customer.test>"),
        a_mail(In_Reply_To="<m1@customer.test>"),
    )
    write = one.app.publisher.fact

    async def crash(event_id: str, fact: Fact) -> None:
        if isinstance(fact, lost):
            raise Unavailable("the process was killed here")
        await write(event_id, fact)

    one.app.publisher.fact = crash  # type: ignore[method-assign]
    for mail in (first, second):
        try:
            await send(one, mail)
        except aiosmtplib.SMTPDataError:
            await send(other, mail)

    (arrived,) = await topics.facts("contact_arrived")
    (messaged,) = await topics.facts("customer_messaged")
    recorded = {event.message_recorded.message_id for event in await topics.content()}
    assert recorded == {arrived.first_message_id, messaged.message_id}
    assert messaged.conversation_id == arrived.conversation_id
