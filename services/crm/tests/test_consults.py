"""Consults on the customer's timeline: a colleague was asked, and perhaps took over."""

from chassis.testing import eventually
from contact_center.v1 import (
    common_pb2,
    contact_events_pb2,
    customer_service_pb2,
    message_events_pb2,
    routing_events_pb2,
)

R = routing_events_pb2
PHONE = "+4930123456"


async def test_a_consult_stands_on_the_timeline_with_its_line_and_counts_for_nothing(crm, log):
    """Who asked has the customer; what the agents wrote to each other is there to be read."""
    customer_id = await _a_consult(crm, log)
    consult, first = await eventually(lambda: _timeline(crm, log, customer_id, 2))

    assert (first.contact_id, first.is_consult) == ("c1", False)
    assert (consult.contact_id, consult.is_consult) == ("c1.2", True)
    assert consult.opened_by == R.OPENED_BY_CONSULT
    assert (consult.lineage.initial_id, consult.lineage.previous_id) == ("c1", "c1")
    assert consult.agent_id == "bob"
    [asked] = consult.messages
    assert (asked.text, asked.kind) == ("may she?", message_events_pb2.MESSAGE_KIND_INTERNAL)
    customer = await _customer(crm, log, customer_id)
    assert (customer.contact_count, customer.last_agent_id) == (1, "ana")
    await log.arrived("c3", log.address("phone", PHONE))
    said = await log.customer_of("c3")
    assert (said.contact_count, said.last_agent_id) == (1, "ana")


async def test_a_customer_who_was_handed_over_goes_on_with_the_consult(crm, log):
    customer_id = await _a_consult(crm, log)
    handed = R.ContactTransferred(contact_id="c1", new_contact_id="c1.2", to_agent_id="bob")
    for _ in range(2):
        await log.step({"contact_transferred": handed})

    async def counts():
        customer = await _customer(crm, log, customer_id)
        return (customer.contact_count, customer.last_agent_id) == (2, "bob")

    await eventually(counts)
    consult, _ = await _timeline(crm, log, customer_id, 2)
    assert (consult.opened_by, consult.is_consult) == (R.OPENED_BY_CONSULT, False)


async def test_the_same_steps_again_change_nothing(crm, log):
    customer_id = await _a_consult(crm, log)
    before = await eventually(lambda: _timeline(crm, log, customer_id, 2))
    last = log.step_number
    for number in range(1, last + 1):
        opened = R.ContactOpened(contact_id="c1.2", opened_by=R.OPENED_BY_ARRIVAL)
        await log.step({"contact_opened": opened}, number=number)
    await log.arrived("c4", log.address("phone", PHONE))
    await log.opened("c4", number=last + 1)
    after = await eventually(lambda: _timeline(crm, log, customer_id, 3))

    assert after[1:] == before


async def _a_consult(crm, log):
    """ana has the customer, and asks bob."""
    await log.lease(crm)
    await log.arrived("c1", log.address("phone", PHONE))
    customer_id = (await log.customer_of("c1")).customer_id
    await log.opened("c1")
    await log.step({"contact_connected": R.ContactConnected(contact_id="c1", agent_id="ana")})
    await log.opened(
        "c1.2",
        opened_by=R.OPENED_BY_CONSULT,
        customer_id=customer_id,
        conversation_id="c1.2",
        key_id=log.key.key_id,
        lineage=common_pb2.Lineage(initial_id="c1", previous_id="c1"),
    )
    await log.step({"contact_connected": R.ContactConnected(contact_id="c1.2", agent_id="bob")})
    asked = message_events_pb2.MessageRecorded(
        message_id="m1",
        contact_id="c1.2",
        author=contact_events_pb2.PARTY_AGENT,
        author_id="ana",
        kind=message_events_pb2.MESSAGE_KIND_INTERNAL,
        body=log.sealed("MessageRecorded.body", "may she?"),
    )
    await log.said("c1.2", message_recorded=asked)

    async def is_whole():
        found = await _timeline(crm, log, customer_id, 2)
        return found and found[0].messages and found[0].agent_id and found[1].agent_id

    await eventually(is_whole)
    return customer_id


async def _timeline(crm, log, customer_id, count):
    request = customer_service_pb2.GetTimelineRequest(
        workspace=log.workspace, customer_id=customer_id
    )
    found = list((await crm.customers.GetTimeline(request)).contacts)
    return found if len(found) == count else None


async def _customer(crm, log, customer_id):
    request = customer_service_pb2.GetCustomerRequest(
        workspace=log.workspace, customer_id=customer_id
    )
    return (await crm.customers.GetCustomer(request)).customer
