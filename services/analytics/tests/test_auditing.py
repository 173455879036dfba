"""A record that no step answers, or two, is seen in the steps alone."""

from analytics.domain.auditing import Audit, Findings
from analytics.domain.steps import Step

CLEAN = Findings()


def a_step(number: int, cause: int, workspace: str = "main", partition: int = 0) -> Step:
    return Step(
        workspace=workspace,
        number=number,
        stamped_ms=1,
        cause_partition=partition,
        cause_offset=cause,
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


def test_what_an_old_worker_repeats_word_for_word_is_harmless():
    assert findings(a_step(1, 0), a_step(2, 1), a_step(1, 0), a_step(2, 1)) == [CLEAN] * 4


def test_one_number_for_two_records_is_doubled():
    assert findings(a_step(1, 0), a_step(2, 1), a_step(2, 2))[-1] == Findings(doubled=1)


def test_one_record_under_two_numbers_is_doubled():
    found = findings(a_step(1, 0), a_step(2, 1), a_step(3, 1), a_step(4, 2))

    assert found == [CLEAN, CLEAN, Findings(doubled=1), CLEAN]
