"""A queue's limit refuses exactly those who find all places taken: M/M/c with finite room."""

from . import textbook
from .call_center import Served
from .comparison import compare
from .customers import Outcome, Setup, come, there_in_a_shared_room
from .formulas import shared_room
from .setups import MINUTE, mean_wait, refused
from .test_statistics import COMPARED

ROOM = Setup(name="M/M/10/15", agents=((0,),) * 10, gap=MINUTE / 10, service=MINUTE, places=5)


def test_a_queue_that_is_full_ejects_who_comes():
    """Each customer's fate is the textbook's; shares and waits are those of the formula."""
    exact = shared_room(1, 10, 1 / ROOM.gap, 1 / ROOM.service, 5)
    values = (refused(exact.blocked), mean_wait(exact.mean_wait / 1_000, 1_000))
    runs: list[list[Outcome]] = []
    for seed in range(8):
        there = there_in_a_shared_room(ROOM, seed)
        customers = come(ROOM, seed, 500, there)
        outcomes = Served(ROOM, customers, has_limit=True).serve()
        assert outcomes == textbook.serve(ROOM, customers)
        runs.append(outcomes[len(there) :])
    for value in values:
        batches = [value.of(outcomes) for outcomes in runs]
        comparison = compare(value.what, batches, value.exact, COMPARED)
        print(comparison)
        assert comparison.agrees, str(comparison)
