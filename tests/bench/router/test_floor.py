"""What the router's figures are taken on is what it says it is."""

from router.adapters.codec import decode, encode_step
from router.domain.words import ContactState
from router.handlers.partition import Decision, Partition, Raw
from tests.bench.router.floor import Floor

WAITING = 30


def a_floor() -> Floor:
    floor = Floor(10, skills=5, extra_skills=0.25)
    floor.tape = []
    floor.open()
    floor.fill(WAITING)
    floor.drive(500, WAITING)
    return floor


def test_everybody_is_busy_and_as_many_wait_as_were_asked_for():
    floor = a_floor()

    waiting = [c for c in floor.state.contacts.values() if c.state is ContactState.QUEUED]
    assert len(waiting) == floor.waiting
    assert WAITING - 2 <= floor.waiting <= WAITING + 2
    assert floor.offers > len(floor.agents)
    assert floor.refused == 0


def test_a_tape_leads_another_router_to_the_same_steps():
    """Flat out, a worker is compared with what the floor foresaw."""
    floor = a_floor()
    partition = Partition(0, decode, lambda key: True)
    for offset, (stamp, value) in enumerate(floor.tape):
        last = partition.take(Raw(offset, stamp, b"main", value))

    assert isinstance(last, Decision)
    assert encode_step(last.step) == encode_step(floor.last)
