"""Web chat over a real WebSocket: acknowledged, resumed, resent, answered by an agent."""

import asyncio
import uuid
from collections import Counter

from chassis.testing import eventually
from contact_center.v1 import common_pb2, contact_events_pb2
from tests.e2e.world import World, is_ended


async def test_a_chat_is_answered_by_the_agent_who_can_and_both_have_the_transcript(world: World):
    ana = await world.agent("ana", talk=1.0, reply="Your invoice is on its way.")
    async with world.chat(visitor="visitor-chat-1") as chat:
        await chat.start()
        await chat.say("Where is my invoice?")
        heard = await chat.hear("agent")
        await chat.state("ended")

    assert heard["text"] == "Your invoice is on its way."
    await eventually(lambda: chat.contact_id in ana.handled)
    customer = await world.customer("chat", "visitor-chat-1")
    [contact] = await world.timeline(customer.customer_id, is_ended)
    said = [(m.author, m.text) for m in contact.messages if m.text]
    assert (contact_events_pb2.PARTY_CUSTOMER, "Where is my invoice?") in said
    assert (contact_events_pb2.PARTY_AGENT, "Your invoice is on its way.") in said


async def test_the_menu_of_the_calls_is_the_menu_of_the_chats(world: World):
    """The same flow file: the visitor types a word, and the chat waits in that queue."""
    await world.agent("cem", talk=0.5)
    async with world.chat(entry_point="web") as chat:
        await chat.start()
        asked = await chat.frame(lambda f: f["type"] == "message" and f.get("choices"))
        await chat.say("sales")
        await chat.hear("agent")
        await chat.state("ended")

    assert len(asked["choices"]) >= 3


async def test_a_visitor_who_comes_back_has_missed_nothing(world: World):
    """The socket breaks before the agent writes; the answer is there after the resume."""
    async with world.chat() as chat:
        await chat.start()
        await chat.say("I will be back")
        await chat.drop()
        await world.agent("ana", talk=2.0)
        await chat.resume()
        await chat.hear("agent")
        await chat.state("ended")

    texts = [f["text"] for f in chat.frames if f["type"] == "message"]
    assert len(texts) == len(set(texts))


async def test_a_message_that_is_sent_again_is_one_message(world: World):
    async with world.chat(visitor="visitor-chat-2") as chat:
        await chat.start()
        message_id = str(uuid.uuid4())
        first = await chat.say("only once", client_msg_id=message_id)
        await chat.drop()
        await chat.resume()
        chat.frames.clear()
        second = await chat.say("only once", client_msg_id=message_id)
        await world.agent("ana", talk=0.3)
        await chat.state("ended")

    assert (first["message_id"], first["seq"]) == (second["message_id"], second["seq"])
    customer = await world.customer("chat", "visitor-chat-2")
    [contact] = await world.timeline(customer.customer_id, is_ended)
    assert [m.text for m in contact.messages].count("only once") == 1


async def test_an_agent_serves_several_chats_at_once(world: World):
    """Capacity 4: four chats are offered, the fifth waits until one has ended."""
    ana = await world.agent("ana", talk=3.0)
    chats = [world.chat() for _ in range(5)]
    for chat in chats:
        await chat.start()
    for chat in chats:
        await chat.state("ended", within=60)
        await chat.drop()

    await eventually(lambda: len(ana.handled) == 5)
    most = max(_held(event) for event in ana.seen)
    assert most == 4


async def test_visitors_who_leave_as_the_agent_takes_the_chat_are_ended_once(world: World):
    """Either word may be first in the log: abandoned, or connected and then disconnected."""
    chats = [world.chat() for _ in range(4)]
    for chat in chats:
        await chat.start()
    by_contact = {chat.contact_id: chat for chat in chats}
    leaving = []

    def both_at_once(person, offer) -> str:
        leaving.append(asyncio.create_task(by_contact[offer.contact_id].leave()))
        return "accept"

    # Nobody but the customers ends these chats.
    await world.agent("ana", talk=600.0, judge=both_at_once)

    async def ends() -> Counter[str]:
        decided = [decision for step in await world.steps() for decision in step.decisions]
        return Counter(d.contact_ended.contact_id for d in decided if d.HasField("contact_ended"))

    async def all_are_over() -> bool:
        return by_contact.keys() <= (await ends()).keys()

    await eventually(all_are_over)
    await asyncio.gather(*leaving)
    for chat in chats:
        await chat.drop()

    assert {contact_id: (await ends())[contact_id] for contact_id in by_contact} == dict.fromkeys(
        by_contact, 1
    )


def _held(event) -> int:
    if event.WhichOneof("event") != "agent_state_changed":
        return 0
    agent = event.agent_state_changed.agent
    return len(
        [c for c in [*agent.contacts, *agent.offers] if c.channel == common_pb2.CHANNEL_CHAT]
    )


async def test_an_offer_that_is_refused_goes_to_another_agent_who_is_free(world: World):
    """ana refuses; as soon as somebody else is free, the chat is theirs."""
    ana = await world.agent("ana")
    ana.habits.judge = lambda person, offer: "reject"
    async with world.chat() as chat:
        await chat.start()
        await eventually(lambda: ana.offers)
        bob = await world.agent("bob", talk=0.5)
        await chat.hear("agent")
        await chat.state("ended")

    await eventually(lambda: chat.contact_id in bob.handled)
