"""The engine alone when contacts are of thousands of kinds, each fitting other agents."""

from collections.abc import Iterator
from dataclasses import replace

from tests.bench.figures import Figure
from tests.bench.router.engine import speed
from tests.bench.router.sizes import Sizes

SHARE = 0.25
AGENTS, WAITING, EVENTS = 1_000, 20_000, 5_000


def measure(sizes: Sizes) -> Iterator[Figure]:
    """Yield the events a second when a quarter asks for a skill that its queue does not."""
    fewer = replace(
        sizes,
        agents=min(AGENTS, sizes.agents),
        waiting=min(WAITING, sizes.waiting),
        events=min(EVENTS, sizes.events),
    )
    yield from speed(fewer, ", a quarter asks for one of five skills more", SHARE)
