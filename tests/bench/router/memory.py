"""What a contact that waits and an agent take of memory, and of a snapshot."""

import gc
from collections.abc import Iterator

import orjson
import psutil

from router.domain.snapshot import dump
from tests.bench.figures import Figure
from tests.bench.router.floor import Floor
from tests.bench.router.sizes import Sizes

EXTRA_AGENTS = 2


def measure(sizes: Sizes) -> Iterator[Figure]:
    """Yield bytes by what the process grows when they come."""
    floor = Floor(EXTRA_AGENTS * sizes.agents)
    before = _resident()
    floor.open()
    grown = _resident() - before
    yield Figure(
        figure="memory per agent, signed in", value=grown / len(floor.agents), unit="bytes"
    )
    floor.fill(1)
    before, waiting, written = _resident(), floor.waiting, _written(floor)
    before = _resident()
    floor.fill(waiting + sizes.waiting)
    grown = (_resident() - before) / (floor.waiting - waiting)
    yield Figure(figure="memory per open contact, waiting", value=grown, unit="bytes")
    yield Figure(
        figure="snapshot per open contact, waiting",
        value=(_written(floor) - written) / (floor.waiting - waiting),
        unit="bytes",
    )


def _resident() -> int:
    gc.collect()
    return int(psutil.Process().memory_info().rss)


def _written(floor: Floor) -> int:
    return len(orjson.dumps(dump(floor.state)))
