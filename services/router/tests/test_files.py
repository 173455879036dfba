"""policy.yaml and roster.yaml: each error names file, line, and what would be right."""

from pathlib import Path

import pytest

from router.adapters.commands.policy import main as policy
from router.adapters.commands.policy_file import read_policy
from router.adapters.commands.roster import main as roster
from router.adapters.commands.source import Source

FILES = Path(__file__).parents[3] / "deploy" / "local"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "skills: [billing]\nqueues:\n  - name: billing\n    requires: {biling: 1}\n",
            "4: queue 'billing' requires unknown skill 'biling'; did you mean 'billing'?",
        ),
        (
            "skills: [billing]\nqueues:\n  - name: q\n    requires:\n      billing: 9\n",
            "5: level 9 of skill 'billing' is not from 1 to 5",
        ),
        ("quues: []\n", "1: the policy has unknown field 'quues'; did you mean 'queues'?"),
        ("skills: [a]\nskills: [b]\n", "2: the policy has 'skills' twice"),
        ("skills: [a, b, a]\n", "1: skill 'a' is there already, at skills[0]"),
        ("skills:\n  - a b\n", "2: skill 'a b' is no name"),
        ("skills: [\n", "2: this is no YAML"),
        (
            "skills: [a\nqueues:\n",
            "2: this is no YAML: while parsing a flow sequence from line 1: ",
        ),
        ("queues:\n\t- a\n", "2: this is no YAML: while scanning for the next token: found char"),
        ("skills: text\n", "1: skills must be a list"),
        ("- a\n", "1: the policy must be fields with values"),
        ("", "1: the file is empty"),
        (
            "entry_points:\n  - {name: x, channel: chatt, flow: f}\n",
            "2: entry point 'x' is unknown channel 'chatt'; did you mean 'chat'?",
        ),
        ("entry_points:\n  - {name: x, channel: chat}\n", "2: entry point 'x' names no flow"),
        (
            "entry_points:\n  - {name: x, channel: chat, flow: f}\n"
            "  - name: y\n    channel: chat\n    address: X\n    flow: f\n",
            "5: address 'X' belongs to entry point 'x' already",
        ),
        (
            "capacities:\n  - {channels: [voice], slots: 2}\n",
            "2: 2 slots; with these channels 0 to 1 are possible",
        ),
        ("capacities:\n  - {channels: [chat], slots: many}\n", "2: slots must be a whole number"),
        (
            "timers:\n  wrap_up_seconds: 60\n  offer_ring_seconds: 0\n",
            "3: offer_ring_seconds 0 is not from 0.1 to 2.592e+06",
        ),
        ("timers: {offer_ring_seconds: nan}\n", "1: offer_ring_seconds nan is not from"),
        ("is_miss_not_responding: perhaps\n", "1: is_miss_not_responding must be yes or no"),
        ("queues:\n  - {name: q, target_share: 80}\n", "2: target_share 80 is not a share"),
    ],
)
def test_an_error_names_file_line_and_what_would_be_right(tmp_path, capsys, text, said):
    path = tmp_path / "policy.yaml"
    path.write_text(text)

    assert policy(["check", str(path)]) == 1
    assert capsys.readouterr().out.startswith(f"policy.yaml:{said}")


def test_every_error_is_told_at_once_in_the_order_of_lines(tmp_path, capsys):
    path = tmp_path / "policy.yaml"
    path.write_text("skills: [a]\nqueues:\n  - {name: q, requires: {b: 1, c: 9}}\n  - {name: q}\n")

    assert policy(["check", str(path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[0] for line in lines] == ["policy.yaml:3"] * 3 + ["policy.yaml:4"]


def test_a_file_that_is_not_there_is_said(capsys):
    assert policy(["check", "/nowhere/policy.yaml"]) == 1
    assert "policy.yaml:1: the file cannot be read" in capsys.readouterr().out


def test_a_roster_is_compared_with_a_policy(tmp_path, capsys):
    path = tmp_path / "roster.yaml"
    path.write_text("agents:\n  - id: ana\n    skills: {billing: 3, salse: 2}\n")

    assert roster(["check", str(path), "--policy", str(FILES / "policy.yaml")]) == 1
    said = "roster.yaml:3: agent 'ana' has unknown skill 'salse'; did you mean 'sales'?\n"
    assert capsys.readouterr().out == said


def test_the_files_of_the_local_stack_are_right(capsys):
    assert policy(["check", str(FILES / "policy.yaml")]) == 0
    arguments = ["check", str(FILES / "roster.yaml"), "--policy", str(FILES / "policy.yaml")]
    assert roster(arguments) == 0
    assert policy(["test", str(FILES / "policy.yaml")]) == 0
    assert "2 scenarios are as they say\n" in capsys.readouterr().out


def test_numbers_and_words_are_texts_where_a_text_is_meant(tmp_path):
    path = tmp_path / "policy.yaml"
    path.write_text("entry_points:\n  - {name: +4930100100, channel: voice, flow: no}\n")
    point = read_policy(Source(path)).entry_points[0]

    assert (point.name, point.address, point.flow) == ("+4930100100", "+4930100100", "no")
