"""`contact-center simulate` over a recorded log: what people read, and what programs get."""

import json
from datetime import UTC, datetime

import pytest

from router.adapters.commands.simulate import main

from ..workspaces import START
from .a_day import MINUTE, a_made_up_day
from .recorded_day import POLICY, record, the_policy

SPAN = 30 * MINUTE
LOOSE = POLICY.replace(", requires: {billing: 1}", "").replace(", requires: {sales: 1}", "")


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    folder = tmp_path_factory.mktemp("logs")
    habits = {"between_arrivals": 11_000, "length": SPAN}
    day = a_made_up_day(seed=8, count=12, policy=the_policy(folder), **habits)
    return record(day, folder / "day.log.xz")


@pytest.fixture
def simulate(log, tmp_path, capsys):
    def run(policy: str, *more: str) -> tuple[int, str]:
        path = tmp_path / "new.yaml"
        path.write_text(policy)
        code = main(["--policy", str(path), "--log", str(log), "--workers", "1", *more])
        return code, capsys.readouterr().out

    return run


def at(milliseconds: int) -> str:
    return datetime.fromtimestamp((START + milliseconds) / 1000, UTC).isoformat()


def test_the_unchanged_policy_reproduces_the_day_exactly(simulate):
    code, said = simulate(POLICY)

    assert code == 0, said
    assert "steps come out again, byte for byte; no contact would have gone elsewhere" in said
    assert "careful" not in said
    code, said = simulate(POLICY, "--from", at(8 * MINUTE), "--to", at(20 * MINUTE), "--json")
    told = json.loads(said)
    assert (code, told["different_steps"], told["differs_at_step"]) == (0, 0, None)
    assert told["end"] - told["begin"] == 12 * MINUTE
    assert all(queue["changed"]["mean"] == 0 for queue in told["queues"])


def test_another_policy_is_told_in_plain_words(simulate):
    code, said = simulate(LOOSE, "--replications", "4")

    assert code == 0, said
    billing = next(line for line in said.splitlines() if line.startswith("billing: "))
    assert " contacts would have gone elsewhere; mean wait " in billing
    assert " fewer abandons" in billing
    assert "answered instead of lost" in said
    assert "patience (Kaplan-Meier" in said
    assert "4 simulations with new.yaml" in said


def test_the_same_is_had_as_data(simulate):
    code, said = simulate(LOOSE, "--replications", "4", "--json")
    told = json.loads(said)
    billing = next(queue for queue in told["queues"] if queue["name"] == "billing")

    assert code == 0
    assert billing["would_be"]["mean_wait_seconds"]["high"] < billing["was"]["mean_wait_seconds"]
    assert told["replications"] == 4
    assert told["coverage"] == pytest.approx(3 / 5)
    assert told["patience"]["billing/voice"]["given_up"] > 0
    assert 0 < len(billing["named"]) <= 20


def test_the_same_seed_tells_the_same(simulate):
    assert simulate(LOOSE, "--replications", "2", "--seed", "5") == simulate(
        LOOSE, "--replications", "2", "--seed", "5"
    )


def test_other_processes_find_the_same(simulate, monkeypatch):
    monkeypatch.setattr("router.adapters.commands.simulate.WORTH_WORKERS", 0)

    alone = simulate(LOOSE, "--replications", "3")
    assert simulate(LOOSE, "--replications", "3", "--workers", "2") == alone


def test_a_wrong_policy_is_told_by_its_lines(simulate):
    code, said = simulate(POLICY.replace("{billing: 1}", "{biling: 1}"))

    assert code == 1
    assert said.startswith("new.yaml:3: queue 'billing' requires unknown skill 'biling'")


def test_a_policy_that_the_state_forbids_is_told_by_its_lines(simulate):
    lines = [line for line in POLICY.splitlines() if "name: billing" not in line]
    code, said = simulate("\n".join(lines), "--from", at(SPAN // 2))

    assert code == 1
    assert "the policy would be refused as the span begins:" in said
    assert "new.yaml:2: queue 'billing' cannot go: contacts in it: " in said


def test_a_span_without_records_is_no_day(simulate):
    code, said = simulate(POLICY, "--from", "2033-01-01")

    assert (code, "has no records in that span" in said) == (1, True)


def test_a_file_that_is_no_log_is_said_to_be_none(tmp_path, capsys):
    (tmp_path / "new.yaml").write_text(POLICY)
    (tmp_path / "junk").write_bytes(b"junk")

    code = main(["--policy", str(tmp_path / "new.yaml"), "--log", str(tmp_path / "junk")])
    assert code == 1
    assert "cannot be simulated" in capsys.readouterr().out
