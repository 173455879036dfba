"""Customers who would rather be called back, and are: flow, router, book of dials, real phones.

A caller chooses it in the menu and hangs up; a visitor whose phone the web site knows chooses it
in writing. Both keep their place: the agent who comes then is given them in that order, each time
the agent's phone first and then the customer's.
"""

from chassis.testing import eventually
from contact_center.v1 import routing_events_pb2
from local_stack.phone.process import PhoneProcess
from tests.e2e.conftest import TRUNK
from tests.e2e.world import World

CUSTOMER, DIA = "440", "880"
CALLER, VISITOR = "+4930200031", "+4930200032"
CALL_BACK = "+4930100200"


async def test_who_asked_to_be_called_back_is_called_in_turn(world: World):
    caller_id = await _a_caller_asks_and_hangs_up(world)
    visitor_id = await _a_visitor_asks(world)
    handset = await world.agent_phone(TRUNK, "--tone", CUSTOMER, "--listen-for", DIA)
    phone = await world.agent_phone("dia", "--tone", DIA, "--listen-for", CUSTOMER)
    dia = await world.agent("dia", talk=2.0)

    await phone.event("hears", frequencies=[float(CUSTOMER)])
    await handset.event("hears", frequencies=[float(DIA)])
    backs = await eventually(lambda: _backs(world, caller_id, visitor_id))
    await eventually(lambda: _offered(phone) == backs)
    await eventually(lambda: _offered(handset) == backs)
    await eventually(lambda: set(backs) <= set(dia.handled))
    ends = await eventually(lambda: _ends(world, *backs, caller_id, visitor_id))

    completed = routing_events_pb2.CONTACT_CAUSE_COMPLETED
    taken = routing_events_pb2.CONTACT_CAUSE_CALLBACK_TAKEN
    assert [end.cause for end in ends] == [completed, completed, taken, taken]
    customer = await world.customer("phone", CALLER)
    shown = await world.timeline(customer.customer_id, lambda found: len(found) == 2)
    assert [contact.contact_id for contact in shown] == [backs[0], caller_id]


async def _a_caller_asks_and_hangs_up(world: World) -> str:
    earlier = await _newest(world)
    caller = await world.call(CALLER, to=CALL_BACK)

    async def asked() -> str | None:
        # Keys pressed before the menu speaks are nobody's.
        await caller.tell("digits 1")
        newest = await _newest(world)
        return newest if newest != earlier else None

    contact_id = await eventually(asked, every=0.5)
    await caller.tell("hangup")
    await caller.ended(within=30)
    return contact_id


async def _a_visitor_asks(world: World) -> str:
    earlier = await _newest(world)
    async with world.chat(entry_point="web-callback", phone=VISITOR) as visitor:
        await visitor.start()
        await visitor.hear("flow")
        await visitor.say("yes")

        async def asked() -> str | None:
            newest = await _newest(world)
            return newest if newest != earlier else None

        return await eventually(asked, every=0.2)


async def _newest(world: World) -> str | None:
    """The contact of the last request to be called back."""
    asked = [f.callback_requested for f in await world.facts() if f.HasField("callback_requested")]
    return asked[-1].contact_id if asked else None


async def _decided(world: World, kind: str) -> list:
    return [getattr(d, kind) for s in await world.steps() for d in s.decisions if d.HasField(kind)]


async def _backs(world: World, *contacts: str) -> list[str] | None:
    """The contacts by which these are called back, in the same order."""
    taken = {t.contact_id: t.new_contact_id for t in await _decided(world, "callback_taken")}
    return [taken[one] for one in contacts] if set(contacts) <= taken.keys() else None


def _offered(phone: PhoneProcess) -> list[str]:
    return [event["contact_id"] for event in phone.events if event["event"] == "offered"]


async def _ends(world: World, *contacts: str) -> list[routing_events_pb2.ContactEnded] | None:
    ended = await _decided(world, "contact_ended")
    by_id: dict[str, list] = {}
    for end in ended:
        by_id.setdefault(end.contact_id, []).append(end)
    if not set(contacts) <= by_id.keys():
        return None
    assert all(len(by_id[one]) == 1 for one in contacts), by_id
    return [by_id[one][0] for one in contacts]
