"""A record that no step answers, or two, is seen in the steps alone."""

import pytest

from analytics.adapters.codec import step_of
from analytics.domain.auditing import Audit, Findings
from analytics.domain.steps import Step
from chassis.kafka import Record
from contact_center.v1 import routing_events_pb2

CLEAN = Findings()


def a_step(
    number: int, cause: int, workspace: str = "main", partition: int = 0, parked_before: int = 0
) -> Step:
    return Step(
        workspace=workspace,
        number=number,
        stamped_ms=1,
        cause_partition=partition,
        cause_offset=cause,
        parked_before=parked_before,
    )


def findings(*steps: Step) -> list[Findings]:
    audit = Audit()
    return [audit.see(step) for step in steps]


def test_the_first_step_that_is_seen_says_nothing_about_what_was_before():
    assert findings(a_step(7, 40)) == [CLEAN]


def test_two_workspaces_of_a_partition_answer_its_records_together():
    found = findings(a_step(1, 0), a_step(1, 1, "other"), a_step(2, 2), a_step(2, 3, "other"))

    assert found == [CLEAN] * 4


def test_each_partition_is_counted_by_itself():
    assert findings(a_step(1, 0), a_step(1, 90, "far", partition=3)) == [CLEAN] * 2


def test_records_without_a_step_are_counted():
    found = findings(a_step(1, 0), a_step(2, 3))

    assert found[-1] == Findings(unanswered=2)


def test_what_was_parked_is_not_missed_whenever_its_hole_is_seen():
    """The next record may come days later, when nobody remembers the dead letter."""
    found = findings(a_step(1, 0), a_step(2, 3, parked_before=2), a_step(3, 6, parked_before=1))

    assert found == [CLEAN, CLEAN, Findings(unanswered=1)]


def test_what_an_old_worker_repeats_word_for_word_is_harmless():
    assert findings(a_step(1, 0), a_step(2, 1), a_step(1, 0), a_step(2, 1)) == [CLEAN] * 4


def test_one_number_for_two_records_is_doubled():
    assert findings(a_step(1, 0), a_step(2, 1), a_step(2, 2))[-1] == Findings(doubled=1)


def test_one_record_under_two_numbers_is_doubled():
    found = findings(a_step(1, 0), a_step(2, 1), a_step(3, 1), a_step(4, 2))

    assert found == [CLEAN, CLEAN, Findings(doubled=1), CLEAN]


@pytest.mark.parametrize(("said", "parked"), [(b"3", 3), (None, 0), (b"-1", 0), (b"9" * 50, 0)])
def test_the_router_says_it_in_a_header_of_the_step(said: bytes | None, parked: int):
    step = routing_events_pb2.RoutingStep(workspace="main", step_number=1)
    record = Record(
        topic="routing-events.v1",
        partition=0,
        offset=0,
        timestamp_ms=1,
        key=b"main",
        value=step.SerializeToString(),
        headers=(("ce_parkedbefore", said),) if said is not None else (),
    )

    assert step_of(record).parked_before == parked
