"""What the router's gauges say of its engines."""

import time

import pytest
from prometheus_client import REGISTRY

from router.adapters.watching import Watch
from router.domain.timers import Timer, TimerKind

NOW = 1_800_000_000.0


class Reader:
    async def bounds(self, topic: str, number: int) -> tuple[int, int]:
        return 0, 0


class Clock:
    now = round(NOW * 1000)
    last_stamp = round(NOW * 1000) + 4_000


class Market:
    waiting = 2


class Workspace:
    """Just what is looked at."""

    step_number = 7
    clock = Clock()
    market = Market()
    agents = ("ana",)

    def __init__(self, *timers: Timer) -> None:
        self._timers = timers

    def deadlines(self) -> tuple[Timer, ...]:
        return self._timers


class Engine:
    def __init__(self, *timers: Timer) -> None:
        self.workspace = Workspace(*timers)

    def next_due(self) -> int | None:
        """Nothing is armed: a state whose deadline nobody woke for must be seen all the same."""
        return None


class Partition:
    number, position = 0, -1

    def __init__(self, engine: Engine) -> None:
        self.engines = {"watched": engine}


async def gauges(watch: Watch, *timers: Timer) -> dict[str, float]:
    await watch.look({0: Partition(Engine(*timers))})
    names = (
        *("router_step_number", "router_timer_overdue_seconds", "router_engine_lag_seconds"),
        *("router_states_without_timer", "router_state_without_timer_seconds"),
    )
    return {name: REGISTRY.get_sample_value(name, {"workspace": "watched"}) for name in names}


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    monkeypatch.setattr(time, "time", lambda: NOW)
    return Watch(Reader(), 30)


async def test_a_deadline_is_overdue_only_when_engine_time_would_have_reached_it(watch: Watch):
    """Four seconds behind the stamps: what was due six seconds ago is two seconds late."""
    found = await gauges(watch, Timer(round((NOW - 6) * 1000), TimerKind.OFFER, "o"))

    assert found["router_timer_overdue_seconds"] == pytest.approx(2)
    assert (found["router_engine_lag_seconds"], found["router_step_number"]) == (4, 7)
    assert found["router_states_without_timer"] == 0


async def test_what_is_not_due_yet_is_not_overdue(watch: Watch):
    found = await gauges(watch, Timer(round((NOW + 60) * 1000), TimerKind.OFFER, "o"))

    assert found["router_timer_overdue_seconds"] == 0


async def test_a_state_without_a_timer_is_counted_from_when_it_was_first_seen(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
):
    unguarded = Timer(0, TimerKind.CONTACT, "c")
    first = await gauges(watch, unguarded)
    later = time.monotonic() + 90
    monkeypatch.setattr(time, "monotonic", lambda: later)
    second = await gauges(watch, unguarded)
    mended = await gauges(watch)

    assert (first["router_states_without_timer"], mended["router_states_without_timer"]) == (1, 0)
    assert second["router_state_without_timer_seconds"] == pytest.approx(90, abs=5)
    assert mended["router_state_without_timer_seconds"] == 0


async def test_what_went_to_another_worker_is_shown_no_more(watch: Watch):
    await gauges(watch)
    watch.restart()
    await watch.look({})

    assert REGISTRY.get_sample_value("router_step_number", {"workspace": "watched"}) is None
    assert REGISTRY.get_sample_value("router_input_lag_records", {"partition": "0"}) is None
    assert (await gauges(watch))["router_step_number"] == 7
