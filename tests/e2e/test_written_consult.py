"""A colleague is asked in writing, joins and takes over: a real chat, two desks, one killed.

While ana asks bob they write to each other alone; the customer never sees it. In a conference the
customer reads both. The desk that bob works at dies in between: he goes on at the other one.
"""

import asyncio

from chassis.testing import eventually
from contact_center.v1 import agent_service_pb2 as agents
from contact_center.v1 import message_events_pb2, routing_events_pb2
from local_stack.demo.agent_person import AgentPerson
from local_stack.demo.chat_customer import ChatCustomer
from tests.e2e.test_consult import LONG, connected, done, told
from tests.e2e.world import World

SECRET = "may she have it for free?"
PATIENT = {"talk": LONG, "wrap_up": 0.2}


async def test_a_colleague_is_asked_in_writing_joins_and_takes_over(world: World):
    other = await asyncio.to_thread(world.stack.add_replica, "desk")
    desks = [world.stack.address(f"{other}.GRPC_PORT"), world.desk]
    ana = await world.agent("ana", reply="I will ask.", **PATIENT)
    async with world.chat() as chat:
        await chat.start()
        assert (await chat.hear("agent"))["text"] == "I will ask."
        bob = await world.agent("bob", desks=desks, reply="Of course.", **PATIENT)
        asking = agents.ConsultColleague(contact_id=chat.contact_id, to_agent_id="bob")
        await done(ana, consult_colleague=asking)
        started = await told(ana, "consult_started", lambda s: s.contact_id == chat.contact_id)
        consult_id = started.consult_contact_id
        await told(bob, "contact_changed", connected(consult_id))
        await said(ana, consult_id, SECRET)
        await hears(bob, consult_id, SECRET)
        await hears(ana, consult_id, "Of course.")

        await done(ana, start_conference=agents.StartConference(contact_id=consult_id))
        shown = lambda c: c.contact_id == consult_id and texts(c)[:1] == ["I will ask."]  # noqa: E731
        await told(bob, "conversation_shown", shown)
        first = bob.session_number
        await asyncio.to_thread(world.stack.parts.kill, other, restart=False)
        await eventually(lambda: bob.session_number > first)
        await said(bob, consult_id, "You may have it for free.")
        await reads(chat, "You may have it for free.")
        await hears(ana, chat.contact_id, "You may have it for free.")
        await chat.say("thank you both")
        for agent, contact_id in ((ana, chat.contact_id), (bob, consult_id)):
            await hears(agent, contact_id, "thank you both")

        handing = agents.TransferToConsulted(contact_id=consult_id)
        await done(ana, transfer_to_consulted=handing)
        await eventually(lambda: chat.contact_id in ana.handled)
        await said(bob, consult_id, "Anything else?")
        await reads(chat, "Anything else?")
        bob.end(consult_id)
        await chat.state("ended")
        read = [f["text"] for f in chat.frames if f["type"] == "message" and "text" in f]
    await eventually(lambda: consult_id in bob.handled)
    ends = await eventually(lambda: _ends(world, chat.contact_id, consult_id))

    assert SECRET not in read
    assert "Of course." not in read
    assert ends == {chat.contact_id: ["ana"], consult_id: ["bob"]}
    kinds = await _kinds(world, consult_id)
    assert kinds == {message_events_pb2.MESSAGE_KIND_INTERNAL}


async def said(agent: AgentPerson, contact_id: str, text: str) -> None:
    await done(agent, send_message=agents.SendMessage(contact_id=contact_id, text=text))


async def reads(chat: ChatCustomer, text: str) -> None:
    await chat.frame(lambda f: f["type"] == "message" and f["text"] == text)


async def hears(agent: AgentPerson, contact_id: str, text: str) -> None:
    """On the stream, or in the conversation that a new sign-in shows."""

    def found() -> bool:
        shown = [e.message_shown for e in agent.seen if e.HasField("message_shown")]
        shown += [m for e in agent.seen for m in e.conversation_shown.messages]
        return any(m.text == text and m.contact_id == contact_id for m in shown)

    await eventually(found)


def texts(shown: agents.ConversationShown) -> list[str]:
    return [message.text for message in shown.messages]


async def _ends(world: World, *contacts: str) -> dict[str, list[str]] | None:
    """Who ended each of them; nothing until all have."""
    ends = [d.contact_ended for s in await world.steps() for d in s.decisions]
    assert all(e.cause == routing_events_pb2.CONTACT_CAUSE_COMPLETED for e in ends
               if e.contact_id in contacts)  # fmt: skip
    found = {one: [e.agent_id for e in ends if e.contact_id == one] for one in contacts}
    return found if all(found.values()) else None


async def _kinds(world: World, conversation_id: str) -> set[int]:
    events = [
        message_events_pb2.MessageEvent.FromString(record.value)
        for record in await world.topic("message-events.v1")
        if record.key == conversation_id.encode()
    ]
    return {event.message_recorded.kind for event in events}
