"""Every scenario of the folder is what the engine does, under the policy that lies beside it."""

from pathlib import Path

import pytest

from router.adapters.commands.policy_file import read_policy
from router.adapters.commands.scenario_files import NoScenarios, policy_beside
from router.adapters.commands.source import Source
from router.domain.policy import Policy
from router.scenarios.text import blocks

from .scenario import Scenario

FOLDER = Path(__file__).parent / "scenarios"
FILES = sorted(FOLDER.rglob("*.txt"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER).stem))
def test_the_engine_does_what_the_scenario_says(path):
    scenario = Scenario(rules_of(path))

    for number, commands, expected in blocks(path.read_text().splitlines()):
        told = scenario.run(commands)

        assert told == expected, f"{path.name}, block at line {number}"


def rules_of(path: Path) -> Policy | None:
    """The YAML beside the scenario; None where the believable policy of the tests is meant."""
    try:
        source = Source(policy_beside(path))
    except NoScenarios:
        return None
    policy = read_policy(source)
    assert source.report() == []
    return policy
