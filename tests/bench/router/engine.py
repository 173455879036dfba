"""The engine alone: events a second with everybody busy and a hundred thousand waiting."""

from collections.abc import Iterator
from statistics import median

from router.adapters.garbage import leave_state_alone
from tests.bench.figures import Figure, quantile
from tests.bench.router.floor import Floor
from tests.bench.router.sizes import Sizes

WARM_EVENTS_OF_AGENT = 10


def measure(sizes: Sizes) -> Iterator[Figure]:
    """Yield the events a second, and what each is spent for."""
    yield from speed(sizes, must=20_000, aim=50_000)


def busy(floor: Floor, waiting: int) -> None:
    """Bring a floor to where it is measured: all agents busy, contacts in every state."""
    floor.fill(waiting)
    floor.drive(WARM_EVENTS_OF_AGENT * len(floor.agents), waiting)
    leave_state_alone()


def speed(
    sizes: Sizes,
    kinds: str = "",
    extra_skills: float = 0.0,
    must: float | None = None,
    aim: float | None = None,
) -> Iterator[Figure]:
    """Yield the figures of a floor; `kinds` says what is special about its contacts."""
    leave_state_alone()
    floor = Floor(sizes.agents, extra_skills=extra_skills, is_encoding=True)
    floor.open()
    busy(floor, sizes.waiting)
    spent: dict[str, list[float]] = {name: [] for name in floor.spent}
    events: list[int] = []
    for _ in range(sizes.rounds):
        floor.reset()
        floor.drive(sizes.events, sizes.waiting)
        for name, nanoseconds in floor.spent.items():
            spent[name].append(nanoseconds / len(floor.events))
        events += floor.events
    each = {name: median(rounds) for name, rounds in spent.items()}
    about = f"{sizes.agents:,} agents, 200 skills, {sizes.waiting:,} waiting{kinds}"
    yield Figure(
        figure=f"engine alone, {about}",
        value=1e9 / each["deciding"],
        unit="events/s",
        must=must,
        aim=aim,
        is_more_better=True,
    )
    all_of_it = f"with reading and writing, {about}"
    yield Figure(figure=all_of_it, value=1e9 / sum(each.values()), unit="events/s")
    for name, nanoseconds in each.items():
        yield Figure(figure=f"{name} an event{kinds}", value=nanoseconds / 1e3, unit="µs")
    for share, name in ((0.99, "p99"), (1.0, "longest")):
        value = quantile([float(n) for n in events], share) / 1e3
        yield Figure(figure=f"deciding an event, {name}{kinds}", value=value, unit="µs")
