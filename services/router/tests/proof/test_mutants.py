"""What is taken away of the domain is one thing at a time, under a name of its own."""

import argparse

from router.domain import preferring, transitions

from .mutate import Judge, Mutating, read
from .taking_away import Mutant, modules, mutants


def test_every_module_has_its_mutants_and_each_of_a_module_its_name():
    assert {"transitions", "visits", "matching"} <= set(modules())
    for module in ("visits", "capacity", "agent"):
        names = [mutant.name for mutant in mutants(module)]

        assert len(names) > 10
        assert len(set(names)) == len(names)


def test_a_mutant_is_the_function_without_one_statement_or_condition():
    kinds = set()
    for module in ("visits", "capacity", "matching"):
        for mutant in mutants(module):
            assert mutant.code() != mutant.function.__code__, mutant.name
            kinds.add(mutant.kind)

    assert kinds >= {"remove", "never", "always", "without", "not", "unsaid"}


def test_every_row_of_the_table_can_be_taken_away():
    rows = {mutant.row for mutant in mutants("transitions") if mutant.row}

    assert rows == transitions.ALLOWED


def test_what_a_test_notices_is_noted_with_its_name_and_what_none_notices_without(tmp_path):
    out = tmp_path / "mutants.jsonl"
    mutating = Mutating(argparse.Namespace(out=str(out)))
    lines = {("preferring", line) for line in range(200)}

    def ask() -> None:
        assert preferring.is_worth_waiting.__code__ == before

    before = preferring.is_worth_waiting.__code__
    strict, idle = Judge("strict", ask, lines=lines), Judge("idle", lambda: None, lines=lines)
    mutant: Mutant = next(m for m in mutants("preferring") if m.name.startswith("is_worth"))
    mutating._note(mutant, mutating._try(mutant, [idle, strict]))
    assert read(out) == {("preferring", mutant.name): "strict"}

    mutating._note(mutant, mutating._try(mutant, [idle]))
    assert read(out) == {("preferring", mutant.name): None}
    assert preferring.is_worth_waiting.__code__ == before
