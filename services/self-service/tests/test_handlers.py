"""What is done with each kind of news; with hand-written fakes."""

from datetime import timedelta

import pytest
from faked_service import Service
from flow_scenario import NOON, a_contact

from self_service.domain.state import Awaiting
from self_service.handlers.news import (
    ContactOver,
    FlowDue,
    RequestRejected,
)


@pytest.fixture
def service() -> Service:
    return Service()


async def test_a_flow_that_asks_nothing_needs_no_state(service: Service):
    await service.arrives("web-direct")
    await service.arrives("web-direct")
    service.restart()
    await service.arrives("web-direct")

    assert service.rows.held == 0
    assert len(service.told.effects) == 2
    assert service.told.texts() == ["RequestQueue"]


async def test_what_is_for_no_flow_is_passed_over_once_all_arrivals_are_known(service: Service):
    await service.writes("hello", 5)

    assert service.told.texts() == []


async def test_a_message_that_was_taken_is_not_taken_again(service: Service):
    await service.arrives()
    await service.writes("no idea", 7)
    await service.writes("no idea", 7)
    await service.writes("yes", 3)

    assert len(service.told.effects) == 2
    assert service.rows.rows["c1"].tries == 2


async def test_after_the_end_nothing_is_looked_up_any_more(service: Service):
    await service.arrives()
    await service.going_on.on_contact_over(
        ContactOver(workspace="main", contact_id="c1", outcome="left"), NOON
    )
    held = service.rows.held
    await service.writes("yes", 9)
    await service.is_recognised()

    assert service.rows.held == held
    assert service.rows.rows["c1"].outcome == "left"


async def test_a_refusal_may_be_heard_before_the_arrival(service: Service):
    refused = RequestRejected(
        workspace="main",
        contact_id="c1",
        event_id="e1",
        event_type="ContactArrived",
        because="unknown_entry_point",
    )
    await service.going_on.on_request_rejected(refused, NOON)
    await service.arrives("nowhere")
    assert not service.rows.rows

    await service.arrives("web")
    assert service.told.texts() == ["Billing?"]


async def test_an_entry_point_that_nobody_knows_is_given_up_loudly(service: Service):
    await service.arrives("nowhere")
    for seconds in range(1, 10):
        await service.going_on.on_deadline("main", "c1", NOON + timedelta(seconds=2 * seconds))

    assert service.told.texts() == ["RequestQueue"]
    assert service.rows.rows["c1"].outcome == "fallback"


def sent_to_flow(flow: str, step: int) -> FlowDue:
    """What the router says when a queue cannot keep the contact."""
    return FlowDue(contact=a_contact(), flow_name=flow, run=step)


def queued_by(step: int) -> ContactOver:
    return ContactOver(workspace="main", contact_id="c1", outcome="queued_by_router", step=step)


async def test_a_queue_sends_the_contact_to_another_flow_under_new_ids(service: Service):
    await service.arrives()
    await service.writes("yes", 5)
    await service.going_on.on_contact_over(queued_by(10), NOON)
    await service.starting.begin(sent_to_flow("menu", 10), NOON)
    await service.writes("yes", 5)
    assert service.rows.rows["c1"].awaiting is Awaiting.ANSWER

    await service.writes("yes", 6)

    assert service.told.texts() == ["Billing?", "One moment.", "RequestQueue"] * 2


async def test_a_step_that_is_read_again_does_not_end_the_flow_that_it_began(service: Service):
    for _ in range(2):
        await service.going_on.on_contact_over(queued_by(10), NOON)
        await service.starting.begin(sent_to_flow("menu", 10), NOON)
        service.restart()
    assert service.rows.rows["c1"].awaiting is Awaiting.ANSWER

    await service.going_on.on_contact_over(queued_by(11), NOON)
    assert service.rows.rows["c1"].is_over
    assert service.told.texts() == ["Billing?"]


async def test_each_unknown_flow_of_a_contact_ends_with_people(service: Service):
    await service.arrives("web-direct")
    for step in (10, 20):
        await service.starting.begin(sent_to_flow("nobody_wrote_it", step), NOON)
        await service.starting.begin(sent_to_flow("nobody_wrote_it", step), NOON)

    assert service.told.texts() == ["RequestQueue"] * 3
    assert len(service.told.effects) == 3


async def test_what_the_flow_before_waited_for_is_given_up(service: Service):
    await service.arrives()
    await service.starting.begin(sent_to_flow("direct", 10), NOON)

    assert service.rows.rows["c1"].outcome == "sent_to_flow"
    assert service.told.texts() == ["Billing?", "RequestQueue"]
