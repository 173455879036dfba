"""Calls with more than two people, and calls that go back to a flow: real phones, real desks."""

from collections.abc import Callable

from chassis.testing import eventually
from contact_center.v1 import agent_service_pb2 as agents
from contact_center.v1 import routing_events_pb2
from local_stack.demo.agent_person import AgentPerson
from local_stack.phone.process import PhoneProcess
from tests.e2e.world import World

CALLER, CEM, ANA = "440", "660", "880"
LONG = 120.0


def listening(*tones: str) -> list[str]:
    return [option for tone in tones for option in ("--listen-for", tone)]


async def hears(who: PhoneProcess, *tones: str) -> None:
    await who.event("hears", frequencies=[float(tone) for tone in tones])


async def done(person: AgentPerson, **command: object) -> None:
    """Send a command and wait until it took effect."""
    command_id = person.send(**command)
    result = await eventually(lambda: person.result(command_id))
    assert result.code == agents.RESULT_CODE_OK, result


async def told(person: AgentPerson, kind: str, accept: Callable) -> object:
    """The first event of the kind on the agent's stream."""

    def found() -> object:
        shown = (getattr(e, kind) for e in person.seen if e.WhichOneof("event") == kind)
        return next((event for event in shown if accept(event)), None)

    return await eventually(found)


def connected(contact_id: str) -> Callable:
    state = routing_events_pb2.CONTACT_STATE_CONNECTED
    return lambda change: change.contact_id == contact_id and change.state == state


async def test_a_colleague_is_asked_joins_and_goes_on_with_the_customer(world: World):
    """First cem tries to pass the call on to bob, whose phone is busy: it comes back to cem."""
    cems_phone = await world.agent_phone("cem", "--tone", CEM, *listening(CALLER, ANA))
    anas_phone = await world.agent_phone("ana", "--tone", ANA, *listening(CALLER, CEM))
    await world.agent_phone("bob", "--answer", "busy")
    cem = await world.agent("cem", talk=LONG)
    caller = await world.call(
        "+4930200021", "--digits", "1.5:2", "--tone", CALLER, *listening(CEM, ANA)
    )
    first_id = (await cems_phone.event("offered"))["contact_id"]
    await told(cem, "contact_changed", connected(first_id))
    await world.agent("bob")
    passing = agents.TransferContact(contact_id=first_id, to_agent_id="bob")
    await done(cem, transfer_contact=passing)

    contact_id = await eventually(lambda: _offered(cems_phone, but=first_id))
    await told(cem, "contact_changed", connected(contact_id))
    await hears(caller, CEM)
    ana = await world.agent("ana", talk=LONG)
    caller.events.clear()
    asking = agents.ConsultColleague(contact_id=contact_id, to_agent_id="ana")
    await done(cem, consult_colleague=asking)
    started = await told(cem, "consult_started", lambda s: s.contact_id == contact_id)
    consult_id = started.consult_contact_id
    await told(ana, "contact_changed", connected(consult_id))
    await hears(cems_phone, ANA)
    await hears(anas_phone, CEM)

    await done(cem, start_conference=agents.StartConference(contact_id=consult_id))
    await hears(caller, CEM, ANA)
    await hears(cems_phone, CALLER, ANA)
    await hears(anas_phone, CALLER, CEM)

    caller.events.clear()
    await done(cem, end_contact=agents.EndContactByAgent(contact_id=contact_id))
    await cems_phone.event("ended", call=2)
    await hears(caller, ANA)
    await done(ana, end_contact=agents.EndContactByAgent(contact_id=consult_id))
    await caller.ended()
    ends = await eventually(lambda: _ends(world, first_id, contact_id, consult_id))
    assert [ends[id_].agent_id for id_ in (first_id, contact_id, consult_id)] == [
        "cem",
        "cem",
        "ana",
    ]
    assert {end.cause for end in ends.values()} == {routing_events_pb2.CONTACT_CAUSE_COMPLETED}


async def test_a_call_that_is_sent_to_a_flow_hears_its_menu_and_reaches_another_queue(
    world: World,
):
    cems_phone = await world.agent_phone("cem")
    anas_phone = await world.agent_phone("ana", "--tone", ANA)
    cem = await world.agent("cem", talk=LONG)
    caller = await world.call("+4930200022", "--digits", "1.5:2", *listening(ANA))
    contact_id = (await cems_phone.event("offered"))["contact_id"]
    await told(cem, "contact_changed", connected(contact_id))
    await world.agent("ana", talk=3.0)
    sending = agents.TransferContact(contact_id=contact_id, flow="main")
    await done(cem, transfer_contact=sending)
    await cems_phone.event("ended")

    async def chosen() -> bool:
        # Keys pressed before the menu speaks are nobody's.
        await caller.tell("digits 1")
        return any(e["event"] == "offered" for e in anas_phone.events)

    await eventually(chosen, every=1.0)
    await hears(caller, ANA)
    await caller.ended(within=60)


def _offered(phone: PhoneProcess, *, but: str) -> str | None:
    offered = (e["contact_id"] for e in phone.events if e["event"] == "offered")
    return next((contact_id for contact_id in offered if contact_id != but), None)


async def _ends(world: World, *contacts: str) -> dict[str, routing_events_pb2.ContactEnded]:
    """How each of them ended; nothing until all have, and each once."""
    said = [d.contact_ended for s in await world.steps() for d in s.decisions]
    ends = [end for end in said if end.contact_id in contacts]
    return {end.contact_id: end for end in ends} if len(ends) == len(contacts) else {}
