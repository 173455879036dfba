"""The engine alone when contacts are of thousands of kinds, each fitting other agents."""

from collections.abc import Iterator

from tests.bench.figures import Figure
from tests.bench.router.engine import speed
from tests.bench.router.sizes import Sizes

SHARE = 0.25


def measure(sizes: Sizes) -> Iterator[Figure]:
    """Yield the events a second when a quarter asks for a skill that its queue does not."""
    yield from speed(sizes, ", a quarter asks for one of five skills more", SHARE)
