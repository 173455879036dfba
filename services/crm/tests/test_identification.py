"""Who the customer of a contact is: found by verified address, made when unknown, said at once."""

import asyncpg
import pytest

from chassis.testing import eventually
from contact_center.v1 import (
    common_pb2,
    contact_events_pb2,
    customer_service_pb2,
    routing_events_pb2,
)

PHONE, OTHER_PHONE, MAIL = "+4930123456", "+4930654321", "ada@example.org"
BY_MESSAGE = routing_events_pb2.OPENED_BY_MESSAGE
BY_TRANSFER = routing_events_pb2.OPENED_BY_TRANSFER
BY_CALLBACK = routing_events_pb2.OPENED_BY_CALLBACK
BY_TASK = routing_events_pb2.OPENED_BY_TASK
BY_CONSULT = routing_events_pb2.OPENED_BY_CONSULT


async def test_an_unknown_caller_becomes_a_customer(crm, log):
    await log.arrived("c1", log.address("phone", PHONE))

    said = await log.customer_of("c1")
    assert said.customer_id
    assert said.is_new
    assert said.contact_count == 0


async def test_the_same_address_is_the_same_customer_again(crm, log):
    await log.arrived("c1", log.address("phone", PHONE))
    await log.opened("c1")
    first = await log.customer_of("c1")
    await eventually(lambda: _count_of(crm, log, first.customer_id, 1))
    await log.arrived("c2", log.address("phone", PHONE))

    second = await log.customer_of("c2")
    assert second.customer_id == first.customer_id
    assert not second.is_new
    assert second.contact_count == 1


async def test_the_agent_who_had_the_customer_last_is_named(crm, log):
    await log.arrived("c1", log.address("phone", PHONE))
    await log.opened("c1")
    first = await log.customer_of("c1")
    await log.step(
        {"contact_connected": routing_events_pb2.ContactConnected(contact_id="c1", agent_id="ana")}
    )
    await eventually(lambda: _last_agent_of(crm, log, first.customer_id, "ana"))
    await log.arrived("c2", log.address("phone", PHONE))

    assert (await log.customer_of("c2")).last_agent_id == "ana"


async def test_what_a_visitor_merely_claims_finds_nobody(crm, log):
    await log.arrived("c1", log.address("phone", PHONE))
    await log.arrived("c2", log.address("phone", PHONE, verified=False))

    known, claimed = await log.customer_of("c1"), await log.customer_of("c2")
    assert claimed.customer_id != known.customer_id
    assert claimed.is_new


async def test_a_second_address_of_one_arrival_is_the_same_customers(crm, log):
    await log.lease(crm)
    await log.arrived("c1", log.address("phone", PHONE))
    await log.arrived("c2", log.address("email", MAIL), log.address("phone", PHONE))
    await log.arrived("c3", log.address("email", MAIL))

    first, third = await log.customer_of("c1"), await log.customer_of("c3")
    assert third.customer_id == first.customer_id
    customer = await _customer(crm, log, first.customer_id)
    assert [(i.kind, i.address) for i in customer.identities] == [
        ("phone", PHONE),
        ("email", MAIL),
    ]


async def test_two_customers_in_one_arrival_are_noted_and_never_merged(crm, log):
    await log.arrived("c1", log.address("email", MAIL))
    await log.arrived("c2", log.address("phone", PHONE))
    await log.arrived("c3", log.address("email", MAIL), log.address("phone", PHONE))

    by_mail, by_phone = await log.customer_of("c1"), await log.customer_of("c2")
    assert (await log.customer_of("c3")).customer_id == by_phone.customer_id
    pairs = await _rows(
        crm,
        "SELECT customer_id, other_customer_id, contact_id FROM crm.possible_duplicates",
    )
    assert [tuple(pair) for pair in pairs] == [(by_phone.customer_id, by_mail.customer_id, "c3")]
    await log.arrived("c4", log.address("email", MAIL))
    assert (await log.customer_of("c4")).customer_id == by_mail.customer_id


async def test_a_repeated_arrival_says_the_same_again(crm, log):
    for _ in range(3):
        await log.arrived("c1", log.address("phone", PHONE))

    events = await eventually(lambda: len(log.identified("c1")) == 3 and log.identified("c1"))
    assert len({event.event_id for event in events}) == 1
    assert len({event.customer_identified.customer_id for event in events}) == 1
    assert all(event.customer_identified.is_new for event in events)


async def test_the_same_address_in_another_workspace_is_somebody_else(crm, log):
    await log.arrived("c1", log.address("phone", PHONE))
    first = await log.customer_of("c1")
    log.workspace += "-other"
    await log.arrived("c1", log.address("phone", PHONE))

    assert (await log.customer_of("c1")).customer_id != first.customer_id


async def test_a_contact_opened_by_a_message_keeps_the_customer_of_its_line(crm, log):
    await log.arrived("c1", log.address("chat", "visitor", verified=False))
    first = await log.customer_of("c1")
    lineage = common_pb2.Lineage(initial_id="c1", previous_id="c1")
    await log.opened("c2", opened_by=BY_MESSAGE, lineage=lineage)

    assert (await log.customer_of("c2")).customer_id == first.customer_id


async def test_another_sender_in_a_thread_is_another_customer(crm, log):
    await log.arrived("c1", log.address("email", MAIL))
    first = await log.customer_of("c1")
    lineage = common_pb2.Lineage(initial_id="c1", previous_id="c1")
    colleague = log.address("email", "bob@example.org")
    await log.opened("c2", opened_by=BY_MESSAGE, lineage=lineage, addresses=[colleague])

    second = await log.customer_of("c2")
    assert second.customer_id != first.customer_id
    assert second.is_new


@pytest.mark.parametrize("opened_by", [BY_TRANSFER, BY_CALLBACK, BY_TASK, BY_CONSULT])
async def test_a_contact_that_came_before_its_origin_waits_for_it(crm, log, opened_by):
    lineage = common_pb2.Lineage(initial_id="c1", previous_id="c1")
    await log.opened("c2", opened_by=opened_by, lineage=lineage)
    await eventually(lambda: _rows(crm, "SELECT FROM crm.identifications"))
    await log.arrived("c1", log.address("phone", PHONE))

    first, second = await log.customer_of("c1"), await log.customer_of("c2")
    assert second.customer_id == first.customer_id


async def test_the_key_of_a_contact_belongs_to_its_customer(crm, log):
    first = await log.lease(crm)
    await log.arrived("c1", log.address("phone", PHONE))
    customer = await log.customer_of("c1")
    second = await log.lease(crm)
    await log.fact(
        customer_messaged=contact_events_pb2.CustomerMessaged(
            contact_id="c1", message_id="m1", key_id=second.key_id
        )
    )

    async def owners() -> bool:
        rows = await _rows(crm, "SELECT key_id, customer_id FROM crm.contact_keys")
        return {row["key_id"]: row["customer_id"] for row in rows} == {
            first.key_id: customer.customer_id,
            second.key_id: customer.customer_id,
        }

    await eventually(owners)


async def test_nothing_is_lost_while_crm_is_down(crm_settings, log, start_crm):
    async with start_crm(crm_settings):
        await log.arrived("c1", log.address("phone", PHONE))
        await log.customer_of("c1")
    for number in range(2, 30):
        await log.arrived(f"c{number}", log.address("phone", f"+49301234{number}"))

    async with start_crm(crm_settings):
        for number in range(2, 30):
            assert (await log.customer_of(f"c{number}")).is_new


async def _customer(crm, log, customer_id):
    request = customer_service_pb2.GetCustomerRequest(
        workspace=log.workspace, customer_id=customer_id
    )
    return (await crm.customers.GetCustomer(request)).customer


async def _count_of(crm, log, customer_id, count):
    return (await _customer(crm, log, customer_id)).contact_count == count


async def _last_agent_of(crm, log, customer_id, agent_id):
    return (await _customer(crm, log, customer_id)).last_agent_id == agent_id


async def _rows(crm, query):
    connection = await asyncpg.connect(crm.settings.database_url.get_secret_value())
    try:
        return await connection.fetch(query)
    finally:
        await connection.close()
