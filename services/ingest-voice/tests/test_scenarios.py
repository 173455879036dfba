"""Calls with several legs, as a supervisor would tell them: tests/scenarios."""

from pathlib import Path

import pytest
from scenario_text import happen, parts, told

from ingest_voice.domain.call import Call

SCENARIOS = sorted((Path(__file__).parent / "scenarios").glob("*.txt"))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_the_scenario_holds(path: Path):
    call = Call(call_key="k", contact_id="c1")
    for number, (above, below) in enumerate(parts(path), 1):
        done: list[str] = []
        for line in above:
            call, effects = happen(call, line)
            done += [told(effect) for effect in effects if told(effect) != "stop timer"]

        assert done == below, f"part {number} of {path.name}"
