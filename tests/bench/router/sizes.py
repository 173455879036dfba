"""How much is measured: all that the figures ask for, or little while developing."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Counts of things, and seconds; `folder` is the run's own for data."""

    folder: Path
    agents: int = 5_000
    most_agents: int = 15_000
    waiting: int = 100_000
    events: int = 20_000
    rounds: int = 5
    records: int = 20_000
    latency_seconds: float = 40.0
    streams: int = 500
    path_seconds: float = 40.0
    kills: int = 3


def small(folder: Path) -> Sizes:
    """Return what tells in a minute whether a figure can be taken at all."""
    return Sizes(
        folder=folder,
        agents=500,
        most_agents=1_000,
        waiting=5_000,
        events=4_000,
        rounds=2,
        records=6_000,
        latency_seconds=5.0,
        streams=40,
        path_seconds=6.0,
        kills=1,
    )
