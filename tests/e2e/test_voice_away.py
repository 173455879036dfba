"""An agent transfers a call whose phone service has just died: nothing is lost, nothing ends twice.

The router does not know yet that the line is gone; the next agent takes the call. The restarted
service says so of the contact that has the line by then: that agent is told and free again, and
the first one's contact ends as what it is, a call that was passed on.
"""

import asyncio

from chassis.testing import eventually
from contact_center.v1 import agent_service_pb2 as agents
from contact_center.v1 import routing_events_pb2 as routing
from tests.e2e.test_consult import LONG, connected, done, told
from tests.e2e.world import World

VOICE = "ingest-voice"


async def test_a_call_that_is_passed_on_while_its_line_is_gone_fails_where_it_is_by_then(
    world: World,
):
    cems_phone = await world.agent_phone("cem")
    await world.agent_phone("ana")
    cem = await world.agent("cem", talk=LONG)
    await world.call("+4930200041", "--digits", "1.5:2")
    first_id = (await cems_phone.event("offered"))["contact_id"]
    await told(cem, "contact_changed", connected(first_id))
    ana = await world.agent("ana", talk=LONG)
    await asyncio.to_thread(world.stack.parts.kill, VOICE, restart=False)
    passing = agents.TransferContact(contact_id=first_id, to_agent_id="ana")
    await done(cem, transfer_contact=passing)
    moved = await told(cem, "contact_changed", lambda c: c.new_contact_id)
    taken = routing.CONTACT_STATE_CONNECTING
    await told(ana, "contact_changed", lambda c: c.state == taken)
    await asyncio.to_thread(world.stack.parts.start, VOICE)

    lost = await told(ana, "offer_ended", _is_lost)
    assert lost.contact_id == moved.new_contact_id
    ends = await eventually(lambda: _ends(world, first_id, moved.new_contact_id))
    completed, failed = routing.CONTACT_CAUSE_COMPLETED, routing.CONTACT_CAUSE_FAILED
    # ana never spoke to the customer.
    assert [(end.cause, end.agent_id) for end in ends] == [(completed, "cem"), (failed, "")]
    await eventually(lambda: _is_free(ana))


def _is_lost(ended: routing.OfferEnded) -> bool:
    return ended.withdrawn_because == routing.WITHDRAWN_BECAUSE_CHANNEL_FAILED


def _is_free(agent: object) -> bool:
    """As the router said last."""
    changes = [e.agent_state_changed for e in agent.seen if e.HasField("agent_state_changed")]
    return bool(changes) and changes[-1].agent.is_routable and not changes[-1].agent.contacts


async def _ends(world: World, *contacts: str) -> list[routing.ContactEnded] | None:
    """How each ended, in this order; nothing until all have. None ends twice."""
    said = [d.contact_ended for s in await world.steps() for d in s.decisions]
    ends = [end for one in contacts for end in said if end.contact_id == one]
    assert len(ends) <= len(contacts), ends
    return ends if len(ends) == len(contacts) else None
