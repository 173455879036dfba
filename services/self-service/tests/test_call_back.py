"""Customers who would rather be called back: how a flow lets them, and when it does not."""

from dataclasses import replace

import pytest
from faked_service import Service
from flow_scenario import NOON, Scenario, a_contact, a_flow

from self_service.domain.effects import Speak
from self_service.domain.phone_numbers import e164
from self_service.domain.state import Awaiting
from self_service.handlers.news import (
    QUEUED_BY_ROUTER,
    ContactOver,
    FlowDue,
    RequestRejected,
)

OFFER = """
flow: test
steps:
  - id: offer
    ask: Shall we call you?
    choices:
      - {value: "yes", digit: "1", label: Yes, next: back}
      - {value: later, digit: "2", label: Later, next: when}
      - {value: another, digit: "3", label: Another number, next: number}
    read_choices: false
    otherwise: people
  - id: when
    ask: In how many hours?
    choices:
      - {value: "60", digit: "1", label: One}
      - {value: "120", digit: "2", label: Two}
    save: minutes
    read_choices: false
    next: at_time
    otherwise: people
  - id: back
    callback: front
    priority: 3
    goodbye: We will call you. Good bye.
    otherwise: number
  - id: at_time
    callback: front
    in_minutes: "{minutes}"
    otherwise: number
  - id: number
    ask: Which number?
    input: {digits: 15}
    save: typed
    otherwise: people
  - id: other
    callback: front
    number: "{typed}"
    country: "49"
    goodbye: We will call you.
    otherwise: number
  - id: people
    queue: front
"""


@pytest.fixture
def story() -> Scenario:
    return Scenario(a_flow(OFFER))


def test_a_caller_keeps_the_place_and_is_told_so_once_it_is_there(story: Scenario):
    story.has_number = True
    story.play("""
        voice hotline
        ----
        asks (1): Shall we call you?

        key 1
        ----
        queue front priority=3 customer unknown

        # Whatever is pressed meanwhile is too late.
        key 2
        ----

        placed
        ----
        speaks: We will call you. Good bye.
        calls back where they came from

        placed
        ----
    """)

    assert story.state is not None and story.state.outcome == "callback"
    [goodbye] = [effect for effect in story.effects if isinstance(effect, Speak)]
    assert not goodbye.is_interruptible


def test_a_caller_chooses_when(story: Scenario):
    story.has_number = True
    story.play("""
        voice hotline
        ----
        asks (1): Shall we call you?

        key 2
        ----
        asks (1): In how many hours?

        key 2
        ----
        queue front customer unknown

        placed
        ----
        calls back where they came from at 14:00
    """)


def test_a_visitor_of_a_chat_gives_a_number_until_it_is_one(story: Scenario):
    story.play("""
        chat
        ----
        writes: Shall we call you? [Yes] [Later] [Another number]

        # The site does not know the visitor's phone.
        types yes
        ----
        writes: Which number?

        types 0
        ----
        writes: Which number?

        types 030 / 20 00 31
        ----
        queue front customer unknown

        placed
        ----
        notice: We will call you.
        calls back +4930200031
    """)
    assert story.state is not None and not story.state.variables


def test_while_the_router_is_away_for_long_the_customer_stays_in_line(story: Scenario):
    story.has_number = True
    story.play("""
        voice hotline
        ----
        asks (1): Shall we call you?

        key 1
        ----
        queue front priority=3 customer unknown

        waits
        ----
    """)

    assert story.state is not None and story.state.outcome == "queued"


@pytest.mark.parametrize(
    ("typed", "country", "number"),
    [
        ("0049 (30) 200-031", "", "+4930200031"),
        ("+49 30 200031", "1", "+4930200031"),
        ("030200031", "49", "+4930200031"),
        ("2125550100", "1", "+12125550100"),
        ("030200031", "", ""),
        ("0", "49", ""),
        ("++4930200031", "49", ""),
        ("4" * 20, "49", ""),
        ("", "49", ""),
    ],
)
def test_numbers_are_read_as_they_are_typed(typed: str, country: str, number: str):
    assert e164(typed, country) == number


BACK = """
flow: menu
steps:
  - {id: back, callback: front, otherwise: people}
  - {id: people, queue: front}
"""


def queued() -> ContactOver:
    return ContactOver(workspace="main", contact_id="c1", outcome=QUEUED_BY_ROUTER, step=9)


async def a_service(*, has_number: bool) -> Service:
    service = Service()
    service.files.flows["menu"] = a_flow(BACK, "menu")
    contact = replace(a_contact(), has_number=has_number)
    await service.starting.begin(FlowDue(contact=contact), NOON)
    return service


def kinds(service: Service) -> list[str]:
    return [type(effect).__name__ for effect in service.told.effects]


async def test_only_who_has_a_place_is_promised_a_call():
    service = await a_service(has_number=True)
    before = kinds(service)
    await service.going_on.on_contact_over(queued(), NOON)
    await service.going_on.on_contact_over(queued(), NOON)

    assert before == ["RequestQueue"]
    assert kinds(service) == ["RequestQueue", "RequestCallback"]


async def test_a_customer_whose_queue_closed_meanwhile_is_promised_nothing():
    service = await a_service(has_number=True)
    ended = ContactOver(workspace="main", contact_id="c1", outcome="ended", step=9)
    await service.going_on.on_contact_over(ended, NOON)
    await service.going_on.on_contact_over(queued(), NOON)

    assert kinds(service) == ["RequestQueue"]


async def test_without_a_number_people_take_over():
    service = await a_service(has_number=False)

    assert kinds(service) == ["RequestQueue"]
    assert service.rows.rows == {}


async def test_a_place_that_was_given_before_a_crash_counts():
    """The step that queued the contact was read; the request after the crash is a repeat."""
    service = await a_service(has_number=True)
    repeated = RequestRejected(
        workspace="main", contact_id="c1", event_id="e",
        event_type="QueueRequested", because="repeated",
    )  # fmt: skip
    await service.going_on.on_request_rejected(repeated, NOON)

    assert kinds(service) == ["RequestQueue", "RequestCallback"]


async def test_a_queue_that_sends_to_a_flow_does_not_forget_where_to_call():
    service = await a_service(has_number=True)
    again = FlowDue(contact=a_contact(), flow_name="menu", run=12)
    await service.starting.begin(again, NOON)

    assert service.rows.rows["c1"].awaiting is Awaiting.PLACE
    assert service.rows.rows["c1"].contact.has_number
