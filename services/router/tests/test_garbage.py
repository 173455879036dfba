"""What the collector has looked at once it leaves alone, and what that cannot leak."""

import gc
import weakref

import pytest

from router.adapters import garbage


class Ring:
    def __init__(self):
        self.me = self


@pytest.fixture(autouse=True)
def as_before():
    thresholds, callbacks = gc.get_threshold(), list(gc.callbacks)
    yield
    gc.callbacks[:] = callbacks
    gc.set_threshold(*thresholds)
    gc.unfreeze()
    garbage._known = 0


def test_what_survived_a_look_is_not_looked_at_again_and_goes_when_nobody_holds_it():
    garbage.leave_state_alone()
    held = [[number] for number in range(30_000)]
    last = weakref.ref(ring := Ring())
    gc.collect(0)

    # What is frozen is in no generation.
    assert not any(each is ring for each in gc.get_objects())
    assert gc.get_count()[0] < 10_000
    del held, ring
    gc.collect()
    assert last() is not None


def test_a_cycle_that_nobody_found_is_found_when_twice_as_much_is_there():
    garbage.leave_state_alone()
    last = weakref.ref(ring := Ring())
    garbage.leave_state_alone()
    del ring
    assert not garbage.look_if_grown()
    assert last() is not None

    held = [[number] for number in range(2 * gc.get_freeze_count())]
    gc.collect(0)

    assert garbage.look_if_grown()
    assert last() is None
    assert held


def test_what_is_new_and_in_a_cycle_is_found_by_the_first_look():
    garbage.leave_state_alone()
    last = weakref.ref(Ring())
    gc.collect(0)

    assert last() is None
