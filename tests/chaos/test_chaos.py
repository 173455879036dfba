"""A minute of faults on a stack of its own; when they have stopped, every invariant holds.

It begins with what costs routing most; the rest is drawn from the seed. `make chaos` draws all.
"""

import os
import shutil
from collections.abc import Iterator

import pytest

from local_stack.home import home
from local_stack.run_folders import run_folder
from local_stack.stack import Stack
from tests.chaos.__main__ import LOGS, told
from tests.chaos.run import make_stack, run

SEED = int(os.environ.get("CHAOS_SEED") or 4)
SECONDS = 60.0
FIRST = ("kill router", "kill broker", "freeze router", "broker outage")


@pytest.fixture
def stack() -> Iterator[Stack]:
    with run_folder(home()) as data, make_stack(data, dict(os.environ), print) as found:
        yield found
        # Nothing else tells afterwards why something did not heal.
        shutil.copytree(data / "logs", LOGS, dirs_exist_ok=True)


async def test_after_a_minute_of_faults_every_invariant_holds(stack: Stack):
    outcome = await run(stack, seed=SEED, seconds=SECONDS, say=print, first=FIRST)
    print(told(outcome))

    assert outcome.findings == []
    assert outcome.accepted > 0
    assert outcome.answered > 0
    for name in sorted(outcome.skipped):
        print(f"SKIPPED: {name}")
