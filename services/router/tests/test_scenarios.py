"""Every scenario of the folder is what the engine does."""

from pathlib import Path

import pytest

from router.scenarios.text import blocks

from .scenario import Scenario

FILES = sorted((Path(__file__).parent / "scenarios").glob("*.txt"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_engine_does_what_the_scenario_says(path):
    scenario = Scenario()

    for number, commands, expected in blocks(path.read_text().splitlines()):
        told = scenario.run(commands)

        assert told == expected, f"{path.name}, block that ends before line {number}"
