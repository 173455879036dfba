"""A desk replica dies with kill -9: its agents go on at another, with what they hold."""

import asyncio

from chassis.testing import eventually
from contact_center.v1 import routing_events_pb2
from tests.e2e.world import World


async def test_an_agent_moves_to_another_desk_with_the_chat_in_hand(world: World):
    stack = world.stack
    other = await asyncio.to_thread(stack.add_replica, "desk")
    desks = [stack.address(f"{other}.GRPC_PORT"), world.desk]
    ana = await world.agent("ana", desks=desks, talk=60.0, reply="hello from the first desk")
    async with world.chat() as chat:
        await chat.start()
        await chat.hear("agent")
        first = ana.session_number
        await asyncio.to_thread(stack.parts.kill, other, restart=False)
        await eventually(lambda: ana.session_number > first)

        held = ana.snapshot.contacts
        assert [c.contact_id for c in held] == [chat.contact_id]
        assert held[0].state == routing_events_pb2.CONTACT_STATE_CONNECTED
        before = len(chat.frames)
        ana.write(chat.contact_id, "hello from the second desk")
        heard = await chat.hear("agent", after=before)
        assert heard["text"] == "hello from the second desk"
        ana.end(chat.contact_id)
        await chat.state("ended")
    await eventually(lambda: chat.contact_id in ana.handled)


async def test_a_second_sign_in_takes_over_and_the_first_is_told(world: World):
    first = await world.agent("bob")
    second = await world.agent("bob")
    await eventually(lambda: any(e.HasField("session_replaced") for e in first.seen))

    assert second.session_number > first.session_number
