"""Prints how many replicas of each service a load needs, from the figures of `make bench`.

sizing.py [--contacts 5] [--agents 500] [--calls 40]: contacts a second at the peak, agents signed
in, calls at once. Figures are those of the machine on which `make bench` and `make bench-desk` ran.
"""

import argparse
import json
import math
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from desk.settings import DeskSettings
from ingest_voice.settings import Settings as VoiceSettings

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT / "build" / "bench"
# Above that, what comes in bursts waits.
BUSY = 0.6
# One may go, in an update or with its node.
FEWEST = 2
MADE_BY = {"main-path": "make bench", "desk": "make bench-desk"}
SERVICES = tuple(sorted(path.name for path in (ROOT / "services").iterdir() if path.is_dir()))
Figures = Mapping[str, float]


class NotMeasured(Exception):
    """A figure is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What comes at the peak."""

    contacts: float
    agents: int
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a service needs for it."""

    service: str
    replicas: int
    cores: float
    """All replicas together, on average."""
    memory: float
    """MiB for each."""
    because: str


def main(arguments: list[str]) -> int:
    """Print the table; 1 where something was not measured."""
    parser = argparse.ArgumentParser(prog="sizing.py", description=__doc__)
    parser.add_argument("--contacts", type=float, default=5.0, help="a second, at the peak")
    parser.add_argument("--agents", type=int, default=500, help="signed in")
    parser.add_argument("--calls", type=int, default=40, help="at once")
    given = parser.parse_args(arguments)
    load = Load(contacts=given.contacts, agents=given.agents, calls=given.calls)
    try:
        figures = read(BENCH)
        needs = [need(service, load, figures) for service in SERVICES]
    except NotMeasured as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(table(needs, load)))
    return 0


def read(folder: Path) -> Figures:
    """Return every figure by its name."""
    found: dict[str, float] = {}
    for name, command in MADE_BY.items():
        path = folder / f"{name}.json"
        if not path.exists():
            raise NotMeasured(f"there is no {path}: {command} writes it")
        found |= {row["figure"]: float(row["value"]) for row in json.loads(path.read_text())}
    return found


def need(service: str, load: Load, figures: Figures) -> Need:
    """Return what a service needs: by processor, or by what replicas hold while one is away."""
    cores = load.contacts * _figure(figures, f"processor per contact: {service}") / 1e3
    memory = _figure(figures, f"memory under load: {service}")
    wishes = {"so that one may go": FEWEST, "processor": math.ceil(cores / BUSY)}
    if service == "desk":
        most = DeskSettings.model_fields["max_streams"].default
        wishes["agents' streams"] = math.ceil(load.agents / most) + 1
    if service == "ingest-voice":
        most = VoiceSettings.model_fields["max_calls"].default
        wishes["calls at once"] = math.ceil(load.calls / most) + 1
    because, replicas = max(wishes.items(), key=lambda wish: wish[1])
    if service == "desk":
        # While one is away the others hold its agents too.
        held = load.agents / max(replicas - 1, 1)
        rest = _figure(figures, f"memory at rest: {service}")
        memory = max(memory, rest + held * _memory_of_a_stream(figures) / 1024)
    return Need(service=service, replicas=replicas, cores=cores, memory=memory, because=because)


def table(needs: list[Need], load: Load) -> list[str]:
    """Return the lines of a Markdown table."""
    return [
        f"{load.contacts:g} contacts a second, {load.agents} agents, {load.calls} calls at once;"
        f" cores {BUSY:.0%} busy:",
        "",
        "| service | replicas | because of | cores, all together | memory of each, MiB |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {each.service} | {each.replicas} | {each.because} | {each.cores:.2f} "
            f"| {each.memory:.0f} |"
            for each in needs
        ),
    ]


def _figure(figures: Figures, name: str) -> float:
    if name not in figures:
        raise NotMeasured(f"{name!r} was not measured: make bench")
    return figures[name]


def _memory_of_a_stream(figures: Figures) -> float:
    """Return KiB, from the run with the most streams."""
    found = {
        int(match[1]): value
        for name, value in figures.items()
        if (match := re.fullmatch(r"(\d+) streams: memory per stream", name))
    }
    if not found:
        raise NotMeasured("memory per stream was not measured: make bench-desk")
    return found[max(found)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
