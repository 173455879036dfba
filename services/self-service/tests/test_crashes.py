"""What a crash leaves between loading, deciding, telling and saving; with hand-written fakes."""

from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta

import pytest
from faked_service import Service
from flow_scenario import NOON, a_contact

from chassis.errors import Unavailable
from self_service.domain.effects import AskAloud
from self_service.domain.state import Awaiting
from self_service.handlers.news import FlowDue

ANSWERED = ["Billing?", "One moment.", "RequestQueue"]


@pytest.fixture
def service() -> Service:
    return Service()


async def crashes(service: Service, doing: Awaitable[None]) -> None:
    """Nothing that was kept in memory is left, and the record comes again."""
    with pytest.raises(Unavailable):
        await doing
    service.restart()


async def unsaved(service: Service, doing: Awaitable[None]) -> None:
    service.rows.fails = 1
    await crashes(service, doing)


async def untold(service: Service, doing: Awaitable[None]) -> None:
    service.told.fails = 1
    await crashes(service, doing)


async def test_what_was_told_but_not_saved_is_told_again_under_the_same_ids(service: Service):
    await service.arrives()
    await unsaved(service, service.writes("yes", 5))
    await service.writes("yes", 5)

    assert service.told.texts() == ANSWERED
    assert len(service.told.effects) == 5


async def test_a_flow_that_could_not_be_saved_has_told_nothing(service: Service):
    """Else it might be answered before anybody knows of it."""
    await unsaved(service, service.arrives())
    assert service.told.texts() == []

    await service.arrives()
    await service.writes("yes", 5)
    assert service.told.texts() == ANSWERED


async def test_what_was_saved_but_not_told_is_told_at_the_repeated_arrival(service: Service):
    await untold(service, service.arrives())
    assert service.told.texts() == []

    for _ in range(2):
        await service.arrives()
    assert service.told.texts() == ["Billing?"]


async def test_what_was_not_told_is_told_also_when_the_flow_went_on_meanwhile(service: Service):
    """As with a flow that asks for a queue and waits: its time may end before the arrival comes."""
    await untold(service, service.arrives())
    late = NOON + timedelta(hours=1)
    for _ in range(5):
        await service.going_on.on_deadline("main", "c1", late)
        late += timedelta(hours=1)
    assert service.rows.rows["c1"].is_over

    await service.arrives()
    assert "Billing?" in service.told.texts()


async def test_the_first_flow_is_not_told_again_once_the_contact_is_in_another(service: Service):
    await service.arrives()
    again = FlowDue(contact=a_contact(), flow_name="recognising", run=10)
    await service.starting.begin(again, NOON)
    told = len(service.told.effects)
    service.restart()
    await service.arrives()

    assert len(service.told.effects) == told


async def test_an_answer_waits_for_arrivals_that_are_read_again(service: Service):
    service.arrivals.is_behind = True
    with pytest.raises(Unavailable):
        await service.writes("yes", 5)
    await service.arrives()
    await service.writes("yes", 5)

    assert service.told.texts() == ANSWERED


async def test_an_answer_waits_for_a_question_that_a_crash_left_unsaved(service: Service):
    """The customer was recognised and asked, and answered; saved is that the flow waits for crm."""
    await service.arrives("web-known")
    await unsaved(service, service.is_recognised())
    service.arrivals.is_behind = True
    with pytest.raises(Unavailable):
        await service.writes("yes", 5)
    await service.is_recognised()
    await service.writes("yes", 5)

    assert service.told.texts() == ANSWERED


async def test_an_answer_waits_for_a_question_that_another_replica_left_unsaved(service: Service):
    """Nothing that this one reads is behind; but the time to wait for crm is over."""
    await service.arrives("web-known")
    late = NOON + timedelta(seconds=2)
    await service.writes("early", 4)
    await unsaved(service, service.is_recognised())
    with pytest.raises(Unavailable):
        await service.writes("yes", 5, late)
    await service.is_recognised()
    await service.writes("yes", 5, late)

    assert service.told.texts() == ANSWERED


@pytest.mark.parametrize("is_pressed", [True, False])
async def test_keys_wait_for_a_question_that_a_crash_left_unsaved(
    service: Service, is_pressed: bool
):
    """They name it, so nothing else has to say that a flow asked it."""
    answer = service.presses if is_pressed else service.presses_nothing
    await service.arrives("web-known", channel="voice")
    await unsaved(service, service.is_recognised())
    question_id = next(e.effect_id for e in service.told.effects if isinstance(e, AskAloud))
    with pytest.raises(Unavailable):
        await answer(question_id)
    await service.is_recognised()
    await answer(question_id)

    assert service.rows.rows["c1"].counter > 1


@pytest.mark.parametrize("question_id", ["", "told before"])
async def test_keys_for_what_was_asked_before_wait_for_nothing(service: Service, question_id: str):
    await service.arrives(channel="voice")
    asked = next(e.effect_id for e in service.told.effects if isinstance(e, AskAloud))
    await service.presses(asked)
    waiting = replace(service.rows.rows["c1"], awaiting=Awaiting.CUSTOMER, question_id="")
    service.rows.rows["c1"] = waiting
    await service.presses(question_id and asked)

    assert service.rows.rows["c1"] == waiting


async def test_what_arrivals_bring_does_not_wait_for_arrivals(service: Service):
    """It would wait for itself: a flow that asks nothing has no state."""
    service.arrivals.is_behind = True
    await service.arrives("web-direct")
    service.restart()
    await service.is_recognised()

    assert service.told.texts() == ["RequestQueue"]
