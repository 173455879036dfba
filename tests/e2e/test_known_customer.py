"""Data follows the customer: who called and then chats is known, and the agent sees it."""

from chassis.testing import eventually
from contact_center.v1 import common_pb2
from tests.e2e.world import World

NUMBER = "+4930200100"


async def test_one_who_called_and_then_chats_is_one_customer_with_one_timeline(world: World):
    caller = await world.call(NUMBER, "--digits", "1.5:4")
    await caller.ended(within=60)
    ana = await world.agent("ana", talk=1.0)
    async with world.chat(phone=NUMBER) as chat:
        await chat.start()
        await chat.state("ended")
    customer = await world.customer("phone", NUMBER)
    contacts = await world.timeline(
        customer.customer_id,
        lambda found: len(found) == 2 and all(c.HasField("ended_at") for c in found),
    )

    assert [c.channel for c in contacts] == [common_pb2.CHANNEL_CHAT, common_pb2.CHANNEL_VOICE]
    card = await eventually(lambda: _card(ana, chat.contact_id))
    assert card.customer.customer_id == customer.customer_id
    assert [c.contact_id for c in card.last_contacts if c.contact_id == contacts[1].contact_id]


def _card(person, contact_id: str):
    for event in person.seen:
        kind = event.WhichOneof("event")
        if kind == "offer_shown" and event.offer_shown.offer.contact_id == contact_id:
            if event.offer_shown.HasField("customer"):
                return event.offer_shown
        elif kind == "customer_shown" and event.customer_shown.contact_id == contact_id:
            return event.customer_shown
    return None
