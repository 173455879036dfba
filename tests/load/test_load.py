"""A load is brought into a whole contact center, and every customer of it is accounted for."""

import os
import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from local_stack.home import home
from local_stack.run_folders import run_folder
from local_stack.stack import Stack
from tests.load.arrivals import arrivals
from tests.load.run import Load, run
from tests.load.tally import Fate, show

LOAD = Load(
    day="2003-09-02", factor=0.01, speed=2_000.0, seconds=20.0, agents=8, talk=0.3, patience=1e6
)
"""Nobody gives up, however busy the machine is."""


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with run_folder(home()) as data:
        prefix = f"l{secrets.token_hex(3)}."
        with Stack(data, environ=os.environ, topic_prefix=prefix, temporary=True) as found:
            yield found


@pytest.mark.full
@pytest.mark.parametrize("is_facts", [False, True], ids=["chats", "facts"])
async def test_every_customer_of_a_load_is_answered(stack: Stack, is_facts: bool):
    visits = await run(replace(LOAD, is_facts=is_facts), stack.environment())
    show("facts" if is_facts else "chats", visits)

    instants = arrivals(LOAD.day, LOAD.factor, LOAD.speed, LOAD.seed)
    planned = [instant for instant in instants if instant < LOAD.seconds]
    assert [visit.planned / LOAD.speed for visit in visits] == pytest.approx(planned)
    assert Counter(visit.fate for visit in visits) == {Fate.ANSWERED: len(planned)}
    assert all(visit.accepted > 0 and visit.wait < LOAD.patience for visit in visits)


@pytest.mark.full
@pytest.mark.parametrize("is_facts", [False, True], ids=["chats", "facts"])
async def test_customers_give_up_where_agents_are_too_few(stack: Stack, is_facts: bool):
    load = replace(LOAD, is_facts=is_facts, agents=1, talk=1.0, patience=2.0)
    visits = await run(load, stack.environment())
    show("facts" if is_facts else "chats", visits)

    fates = Counter(visit.fate for visit in visits)
    assert set(fates) == {Fate.ANSWERED, Fate.ABANDONED}
    assert min(fates.values()) > 10
