"""The profile: which part of the router an event spends its time in, everybody being busy.

The profiler makes small functions dearer than they are: trust the order, not the decimals.
"""

import cProfile
import pstats
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import router
from router.adapters.garbage import leave_state_alone
from tests.bench.figures import Figure
from tests.bench.router.engine import busy
from tests.bench.router.floor import Floor
from tests.bench.router.sizes import Sizes

HOME = str(Path(router.__file__).parent)
MOST = 24
Place = tuple[str, int, str]


def measure(sizes: Sizes) -> Iterator[Figure]:
    """Yield the share of each module, what it calls of the language and of libraries included."""
    leave_state_alone()
    floor = Floor(sizes.agents, extra_skills=0.05, is_encoding=True)
    floor.open()
    busy(floor, sizes.waiting)
    profile = cProfile.Profile()
    profile.enable()
    floor.drive(sizes.events, sizes.waiting)
    profile.disable()
    spent = _by_module(pstats.Stats(profile).stats)  # type: ignore[attr-defined]
    whole = sum(spent.values())
    for name, seconds in spent.most_common(MOST):
        yield Figure(figure=f"profile: {name}", value=100 * seconds / whole, unit="%")


def _by_module(stats: dict[Place, Any]) -> Counter[str]:
    """Return seconds by module of the router; what is not its own counts for who calls it."""
    spent: Counter[str] = Counter()
    for place, (_, _, seconds, _, callers) in stats.items():
        name = _module(place)
        if name:
            spent[name] += seconds
            continue
        for caller, (_, _, its_seconds, _) in callers.items():
            if name := _module(caller):
                spent[name] += its_seconds
    return spent


def _module(place: Place) -> str:
    path = place[0]
    return path.removeprefix(HOME).strip("/") if path.startswith(HOME) else ""
