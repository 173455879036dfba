"""A rolling update of every service under load loses nothing and doubles nothing."""

import os
from collections.abc import Iterator

import pytest

from local_stack.home import home
from local_stack.run_folders import run_folder
from tests.chaos.__main__ import told
from tests.deploy.rendering import SERVICES
from tests.deploy.rolling import Front, make_stack, run

SEED = int(os.environ.get("CHAOS_SEED") or 5)


@pytest.fixture
def front() -> Iterator[Front]:
    with run_folder(home()) as data:
        found = make_stack(data, dict(os.environ), print)
        try:
            yield found
        finally:
            found.stack.stop()


@pytest.mark.full
async def test_a_rolling_update_of_everything_loses_and_doubles_nothing(front: Front):
    outcome = await run(front, seed=SEED, say=print)
    print(told(outcome))

    assert outcome.findings == []
    assert outcome.accepted > 0
    assert len(outcome.done) > len(SERVICES)
