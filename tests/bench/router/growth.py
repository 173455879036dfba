"""What an event costs when more wait and more work: blocks of both, in turns."""

from collections.abc import Iterator
from statistics import median

from router.adapters.garbage import leave_state_alone
from tests.bench.figures import Figure
from tests.bench.router.engine import busy
from tests.bench.router.floor import Floor
from tests.bench.router.sizes import Sizes

FEW = 100
SOME_AGENTS = 1_000
SOME_WAITING = 1_000


def measure(sizes: Sizes) -> Iterator[Figure]:
    """Yield the ratio of many to few, of those who wait and of those who work."""
    leave_state_alone()
    agents = min(SOME_AGENTS, sizes.agents)
    few, many = _floor(agents, FEW), _floor(agents, sizes.waiting)
    yield from _ratio(sizes, few, many, (FEW, sizes.waiting), "waiting")
    del few, many
    few, many = _floor(FEW, SOME_WAITING), _floor(sizes.most_agents, SOME_WAITING)
    counts = (FEW, sizes.most_agents)
    yield from _ratio(sizes, few, many, (SOME_WAITING, SOME_WAITING), "agents", counts)


def _floor(agents: int, waiting: int) -> Floor:
    floor = Floor(agents)
    floor.open()
    busy(floor, waiting)
    return floor


def _ratio(
    sizes: Sizes,
    few: Floor,
    many: Floor,
    waiting: tuple[int, int],
    what: str,
    counts: tuple[int, int] | None = None,
) -> Iterator[Figure]:
    spent: tuple[list[float], list[float]] = ([], [])
    for _ in range(sizes.rounds):
        for floor, wait, rounds in zip((few, many), waiting, spent, strict=True):
            floor.reset()
            floor.drive(sizes.events, wait)
            rounds.append(floor.spent["deciding"] / len(floor.events) / 1e3)
    low, high = counts or waiting
    floor_value, value = median(spent[0]), median(spent[1])
    name = f"deciding an event with {low:,} {what}"
    yield Figure(figure=name, value=floor_value, unit="µs")
    yield Figure(
        figure=f"deciding an event with {high:,} {what}",
        value=value,
        unit="µs",
        relative_to=name,
        ratio=value / floor_value,
        must=2.0,
        aim=1.1,
    )
