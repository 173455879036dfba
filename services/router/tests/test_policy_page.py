"""docs/policy.md is true: its blocks are checked and run, and no word is left out."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from router.adapters.commands.hours_file import FIELDS as HOURS_FIELDS
from router.adapters.commands.policy_file import FIELDS, read_policy
from router.adapters.commands.queue_file import QUEUE_FIELDS
from router.adapters.commands.roster_file import AGENT_FIELDS, PREFERENCE_FIELDS, read_roster
from router.adapters.commands.scenario_files import wrong_in
from router.adapters.commands.source import Source
from router.domain.patience import Timers
from router.domain.policy import Policy
from router.domain.queues import AgentOrder
from router.scenarios.scenario import Scenario

PAGE = (Path(__file__).parents[3] / "docs" / "policy.md").read_text()
BLOCK = re.compile(r"^```(yaml|scenario)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = [(kind, text, PAGE[: match.start()].count("\n") + 1)
          for match in BLOCK.finditer(PAGE) for kind, text in [match.groups()]]  # fmt: skip


def the_policy_before(line: int) -> str:
    return [t for kind, t, at in BLOCKS if kind == "yaml" and at < line and "agents:" not in t][-1]


def read(tmp_path: Path, text: str) -> Policy:
    path = tmp_path / "policy.yaml"
    path.write_text(text)
    source = Source(path)
    policy = read_policy(source)
    assert source.report() == []
    return policy


@pytest.mark.parametrize(("kind", "text", "line"), BLOCKS, ids=lambda value: str(value)[:8])
def test_each_block_of_the_page_is_as_it_says(tmp_path, kind, text, line):
    path = tmp_path / "block.txt"
    path.write_text(text)
    if kind == "scenario":
        assert wrong_in(path, read(tmp_path, the_policy_before(line))) == []
    elif "agents:" in text:
        source = Source(path)
        read_roster(source, read(tmp_path, the_policy_before(line)))
        assert source.report() == []
    else:
        read(tmp_path, text)


def test_the_page_has_every_word_of_the_language():
    commands = [name.partition("_") for name in dir(Scenario)]
    verbs = [verb for side, _, verb in commands if side in ("on", "agent", "contact") and verb]
    words = {
        *(*FIELDS, *QUEUE_FIELDS, *AGENT_FIELDS, *PREFERENCE_FIELDS, *HOURS_FIELDS),
        *(field.name for field in fields(Timers)),
        *map(str, AgentOrder),
        *verbs,
    }

    assert sorted(word for word in words if not re.search(rf"\b{word}\b", PAGE)) == []
