"""Mail over real SMTP: with an attachment, in its thread, answered over SMTP."""

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

from chassis.testing import eventually
from tests.e2e.world import World


async def test_a_mail_is_answered_in_its_thread_and_the_answer_to_that_too(world: World):
    dia = await world.agent("dia", talk=0.5, reply="It will be there on Monday.")
    sender = "anna@example.org"
    first = await world.mail(
        sender=sender,
        recipient="support@cc.test",
        subject="Where is my order?",
        text="Hello, where is it?",
        attachment=("order.pdf", b"%PDF-1.4 order 4711"),
    )
    [reply] = await eventually(lambda: _mails_to(world, sender))

    assert reply["In-Reply-To"] == first
    assert first in reply["References"]
    assert reply["Subject"] == "Re: Where is my order?"
    assert "It will be there on Monday." in reply.get_body().get_content()

    await eventually(lambda: len(dia.handled) == 1)
    await world.mail(
        sender=sender,
        recipient="support@cc.test",
        subject="Re: Where is my order?",
        text="Thank you!",
        in_reply_to=reply["Message-ID"],
    )
    await eventually(lambda: len(dia.handled) == 2)
    customer = await world.customer("email", sender)
    contacts = await world.timeline(
        customer.customer_id,
        lambda found: len(found) == 2 and all(c.HasField("ended_at") for c in found),
    )
    assert len({c.conversation_id for c in contacts}) == 1
    assert contacts[0].lineage.previous_id == contacts[1].contact_id
    [question] = [m for m in contacts[1].messages if m.attachments]
    assert question.attachments[0].file_name == "order.pdf"


def _mails_to(world: World, address: str) -> list[EmailMessage]:
    found = []
    for path in sorted(Path(world.stack.mails).glob("*.eml")):
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        if address in str(mail["To"]):
            found.append(mail)
    return found  # type: ignore[return-value]
