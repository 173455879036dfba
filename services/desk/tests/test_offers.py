"""Offers reach the screen at once; who the customer is comes as soon as it is known."""

import time
from typing import Any

from chassis.testing import eventually
from contact_center.v1 import customer_service_pb2 as customers
from contact_center.v1 import routing_events_pb2 as routing
from desk.settings import DeskSettings

from .desk_stage import Stage, decision


async def test_an_offer_is_shown_and_its_delivery_is_told(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    async with connect(desk) as agent:
        offer_id = await stage.router.offer("ana", "c1")
        shown = await agent.expect("offer_shown")
        delivered = await eventually(lambda: stage.router.named("offer_delivered"))
        ringing = routing.OfferRinging(offer_id=offer_id, contact_id="c1", agent_id="ana")
        ringing.rings_until.GetCurrentTime()
        await stage.router.step(decision(offer_ringing=ringing))
        rings = await agent.expect("offer_ringing")

        assert shown.offer.contact_id == "c1"
        assert shown.offer.queue == "support"
        assert delivered[0].offer_id == offer_id
        assert delivered[0].session_number == agent.session_number
        assert rings.rings_until == ringing.rings_until


async def test_nothing_is_confirmed_for_a_client_that_does_it_itself(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    async with connect(desk, confirm_offers=False) as agent:
        offer_id = await stage.router.offer("ana", "c1")
        await agent.expect("offer_shown")
        await agent.choose_presence("available")
        before = list(stage.router.named("offer_delivered"))
        await agent.confirm(offer_id)

        assert before == []
        assert len(stage.router.named("offer_delivered")) == 1


async def test_an_offer_to_an_older_session_is_not_shown(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    state = stage.router.agent("ana")
    async with connect(desk) as agent:
        number = state.session_number
        state.session_number = number - 1
        await stage.router.offer("ana", "old")
        state.session_number = number
        await stage.router.offer("ana", "new")
        shown = await agent.expect("offer_shown")

        assert shown.offer.contact_id == "new"


async def test_the_customer_follows_the_offer_and_comes_with_the_next(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    stage.crm.customers["k1"] = customers.Customer(customer_id="k1", name="Ada", tier="gold")
    stage.crm.timelines["k1"] = [customers.TimelineContact(contact_id="before")]
    async with connect(desk) as agent:
        await stage.router.offer("ana", "c1", customer_id="k1")
        first = await agent.expect("offer_shown")
        card = await agent.expect("customer_shown")
        await stage.router.offer("ana", "c2", customer_id="k1")
        second = await agent.expect("offer_shown")

        assert not first.HasField("customer")
        assert (card.contact_id, card.customer.name, card.is_late) == ("c1", "Ada", False)
        assert [contact.contact_id for contact in card.last_contacts] == ["before"]
        assert second.customer.name == "Ada"


async def test_a_customer_who_is_recognised_later_is_shown_later(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    stage.crm.customers["k1"] = customers.Customer(customer_id="k1", name="Ada")
    async with connect(desk) as agent:
        await stage.router.offer("ana", "c1")
        await agent.expect("offer_shown")
        bound = routing.CustomerBound(contact_id="c1", customer_id="k1")
        await stage.router.step(decision(customer_bound=bound))
        card = await agent.expect("customer_shown")

        assert card.customer.name == "Ada"


async def test_an_offer_never_waits_for_crm(desk: DeskSettings, stage: Stage, connect: Any) -> None:
    stage.router.agent("ana")
    stage.crm.is_away = True
    async with connect(desk) as agent:
        began = time.monotonic()
        await stage.router.offer("ana", "c1", customer_id="k1")
        await agent.expect("offer_shown")
        took = time.monotonic() - began
        late = await agent.expect("customer_shown")
        stage.crm.customers["k1"] = customers.Customer(customer_id="k1", name="Ada")
        stage.crm.is_away = False
        card = await agent.expect("customer_shown")

        print(f"offer shown after {took * 1000:.1f} ms with crm away")
        assert late.is_late
        assert (card.is_late, card.customer.name) == (False, "Ada")


async def test_offers_that_live_at_the_sign_in_are_confirmed(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    state = stage.router.agent("ana")
    state.offers.add(offer_id="o1", contact_id="c1", ring_seconds=20)
    async with connect(desk):
        delivered = await eventually(lambda: stage.router.named("offer_delivered"))

        assert delivered[0].offer_id == "o1"
