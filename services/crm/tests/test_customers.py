"""Customers can be looked up, changed, linked and watched."""

import asyncio

import grpc
import pytest

from chassis.testing import eventually, free_port
from contact_center.v1 import customer_service_pb2 as pb
from contact_center.v1 import routing_events_pb2

PHONE, MAIL = "+4930123456", "ada@example.org"


async def a_customer(crm, log, contact_id="c1", kind="phone", address=PHONE) -> str:
    await log.lease(crm)
    await log.arrived(contact_id, log.address(kind, address))
    return (await log.customer_of(contact_id)).customer_id


async def refusal(call) -> tuple[str, str]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value.code().name, caught.value.details()


@pytest.mark.parametrize(
    ("kind", "stored", "asked"),
    [
        ("phone", PHONE, "+49 (30) 123-456"),
        ("email", MAIL, " Ada@Example.ORG "),
        ("chat", "visitor-7", "visitor-7"),
    ],
)
async def test_a_customer_is_found_by_an_address_however_it_is_written(
    crm, log, kind, stored, asked
):
    customer_id = await a_customer(crm, log, kind=kind, address=stored)

    request = pb.FindCustomerRequest(workspace=log.workspace, kind=kind, address=asked)
    found = (await crm.customers.FindCustomer(request)).customer
    assert found.customer_id == customer_id
    assert [(i.kind, i.address, i.is_verified) for i in found.identities] == [(kind, stored, True)]


async def test_what_nobody_has_is_not_found(crm, log):
    ask, where = crm.customers, {"workspace": log.workspace}
    calls = [
        ask.GetCustomer(pb.GetCustomerRequest(customer_id="nobody", **where)),
        ask.FindCustomer(pb.FindCustomerRequest(kind="phone", address="+4930999999", **where)),
        ask.GetTimeline(pb.GetTimelineRequest(customer_id="nobody", **where)),
        ask.GetConversation(pb.GetConversationRequest(conversation_id="none", **where)),
        ask.AddIdentity(
            pb.AddIdentityRequest(customer_id="nobody", kind="email", address=MAIL, **where)
        ),
        ask.UpdateCustomer(pb.UpdateCustomerRequest(customer_id="nobody", **where)),
        ask.LinkCustomers(
            pb.LinkCustomersRequest(customer_id="nobody", other_customer_id="none", **where)
        ),
        ask.WatchTimeline(pb.WatchTimelineRequest(customer_id="nobody", **where)).read(),
    ]

    assert [(await refusal(call))[0] for call in calls] == ["NOT_FOUND"] * len(calls)


async def test_questions_that_make_no_sense_are_invalid_arguments(crm, log):
    ask, where = crm.customers, {"workspace": log.workspace}
    customer = {"customer_id": await a_customer(crm, log), **where}
    calls = [
        ask.GetCustomer(pb.GetCustomerRequest(customer_id="c")),
        ask.GetCustomer(pb.GetCustomerRequest(**where)),
        ask.GetCustomer(pb.GetCustomerRequest(customer_id="a\x00b", **where)),
        ask.GetCustomer(pb.GetCustomerRequest(customer_id="a" * 256, **where)),
        ask.FindCustomer(pb.FindCustomerRequest(kind="phone", address="0301234", **where)),
        ask.FindCustomer(pb.FindCustomerRequest(kind="phone", address="call me", **where)),
        ask.FindCustomer(pb.FindCustomerRequest(kind="email", address="ada", **where)),
        ask.FindCustomer(pb.FindCustomerRequest(kind="fax", address="1", **where)),
        ask.GetTimeline(pb.GetTimelineRequest(limit=201, **customer)),
        ask.GetConversation(pb.GetConversationRequest(conversation_id="v", limit=1001, **where)),
        ask.UpdateCustomer(pb.UpdateCustomerRequest(tier="very gold", **customer)),
        ask.UpdateCustomer(pb.UpdateCustomerRequest(name="n" * 201, **customer)),
        ask.LinkCustomers(
            pb.LinkCustomersRequest(other_customer_id=customer["customer_id"], **customer)
        ),
    ]

    refused = [await refusal(call) for call in calls]
    assert [code for code, _ in refused] == ["INVALID_ARGUMENT"] * len(calls)
    assert not any("ada" in why or "call me" in why for _, why in refused)


async def test_an_address_added_by_hand_finds_the_customer_and_is_nobody_elses(crm, log):
    ada = await a_customer(crm, log)
    bob = await a_customer(crm, log, "c2", "phone", "+4930654321")
    request = pb.AddIdentityRequest(
        workspace=log.workspace, customer_id=ada, kind="email", address="Ada@Example.org"
    )
    for _ in range(2):
        added = (await crm.customers.AddIdentity(request)).customer
    await log.arrived("c3", log.address("email", MAIL))

    assert [(i.kind, i.address) for i in added.identities] == [("phone", PHONE), ("email", MAIL)]
    assert (await log.customer_of("c3")).customer_id == ada
    request.customer_id = bob
    code, why = await refusal(crm.customers.AddIdentity(request))
    assert code == "ALREADY_EXISTS"
    assert ada in why


async def test_name_and_tier_are_changed_one_by_one_and_told_to_the_flows(crm, log):
    ada = await a_customer(crm, log)
    where = {"workspace": log.workspace, "customer_id": ada}
    change = crm.customers.UpdateCustomer
    await change(pb.UpdateCustomerRequest(name="Ada", **where))
    both = (await change(pb.UpdateCustomerRequest(tier="gold", **where))).customer
    none = (await change(pb.UpdateCustomerRequest(name="", **where))).customer
    await log.arrived("c2", log.address("phone", PHONE))

    assert (both.name, both.tier) == ("Ada", "gold")
    assert (none.name, none.tier) == ("", "gold")
    assert (await log.customer_of("c2")).tier == "gold"


async def test_linked_customers_are_one_under_both_ids(crm, log):
    first = await a_customer(crm, log)
    await log.opened("c1")
    second = await a_customer(crm, log, "c2", "email", MAIL)
    await log.opened("c2")
    where = {"workspace": log.workspace}
    await crm.customers.UpdateCustomer(
        pb.UpdateCustomerRequest(customer_id=second, name="Ada", **where)
    )
    link = pb.LinkCustomersRequest(customer_id=first, other_customer_id=second, **where)
    for _ in range(2):
        linked = (await crm.customers.LinkCustomers(link)).customer
    await log.arrived("c3", log.address("email", MAIL))
    await log.opened("c3")

    assert linked.customer_id == first
    assert linked.name == "Ada"
    assert [i.address for i in linked.identities] == [PHONE, MAIL]
    assert (await log.customer_of("c3")).customer_id == first

    async def one_timeline():
        for either in (first, second):
            request = pb.GetTimelineRequest(customer_id=either, **where)
            found = (await crm.customers.GetTimeline(request)).contacts
            assert [contact.contact_id for contact in found] == ["c3", "c2", "c1"]
        return True

    await eventually(one_timeline)
    asked = pb.GetCustomerRequest(customer_id=second, **where)
    assert (await crm.customers.GetCustomer(asked)).customer.customer_id == first


async def test_a_watch_tells_what_is_there_and_then_each_change_from_any_replica(
    crm, log, start_crm
):
    customer_id = await a_customer(crm, log)
    await log.opened("c1", conversation_id="v")
    request = pb.WatchTimelineRequest(workspace=log.workspace, customer_id=customer_id)

    async def there():
        asked = pb.GetTimelineRequest(workspace=log.workspace, customer_id=customer_id)
        return (await crm.customers.GetTimeline(asked)).contacts

    await eventually(there)
    second = crm.settings.model_copy(update={"grpc_port": free_port(), "instance_id": "crm-second"})
    async with start_crm(second) as other:
        watches = [
            crm.customers.WatchTimeline(request),
            other.customers.WatchTimeline(request),
        ]
        for watch in watches:
            assert (await watch.read()).contact.contact_id == "c1"
            assert (await watch.read()).is_caught_up
        await log.message("v", "c1", "m1", "hello")
        for watch in watches:
            told = await _until(watch, lambda c: len(c.messages) == 1)
            assert told.messages[0].text == "hello"
        await log.arrived("c2", log.address("phone", PHONE))
        await log.opened("c2")
        ended = routing_events_pb2.ContactEnded(
            contact_id="c2", cause=routing_events_pb2.CONTACT_CAUSE_ABANDONED
        )
        await log.step({"contact_ended": ended})
        for watch in watches:
            told = await _until(watch, lambda c: c.contact_id == "c2" and c.HasField("ended_at"))
            assert told.cause == routing_events_pb2.CONTACT_CAUSE_ABANDONED
            watch.cancel()


async def test_a_watch_goes_on_with_the_customer_who_is_left_of_a_link(crm, log):
    first = await a_customer(crm, log)
    await log.opened("c1")
    second = await a_customer(crm, log, "c2", "email", MAIL)
    await log.opened("c2")
    watch = crm.customers.WatchTimeline(
        pb.WatchTimelineRequest(workspace=log.workspace, customer_id=second)
    )
    while not (await watch.read()).is_caught_up:
        continue
    await crm.customers.LinkCustomers(
        pb.LinkCustomersRequest(
            workspace=log.workspace, customer_id=first, other_customer_id=second
        )
    )

    await _until(watch, lambda c: c.contact_id == "c1")
    watch.cancel()


async def _until(watch, is_right):
    async with asyncio.timeout(60):
        while True:
            response = await watch.read()
            if response.HasField("contact") and is_right(response.contact):
                return response.contact
