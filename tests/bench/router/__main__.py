"""`python -m tests.bench.router [--only engine,latency] [--small]`: measure, print, write.

Each figure is taken in a process of its own, so that one leaves nothing behind for the next.
"""

import argparse
import importlib
import json
import subprocess
import sys
from pathlib import Path

from local_stack.home import home
from local_stack.run_folders import run_folder
from tests.bench.figures import publish_rows
from tests.bench.router.sizes import Sizes, small

FIGURES = (
    "engine",
    "kinds",
    "parts",
    "growth",
    "memory",
    "worker",
    "latency",
    "path",
    "failover",
    "cold_start",
    "shares",
)
LONGEST_SECONDS = 900


def main() -> int:
    """Return 0 when every figure could be taken, whatever it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help=f"some of {','.join(FIGURES)}")
    parser.add_argument("--small", action="store_true", help="little of everything, quickly")
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    wanted = [name for name in given.only.split(",") if name] or list(FIGURES)
    unknown = sorted(set(wanted) - set(FIGURES))
    if unknown:
        parser.error(f"there are no figures called {', '.join(unknown)}")
    with run_folder(home()) as folder:
        if given.into is not None:
            _take(wanted[0], small(folder) if given.small else Sizes(folder=folder), given.into)
            return 0
        rows, broken = _take_all(wanted, given.small, folder)
    print(f"written to {publish_rows('router', rows)}")
    for name in broken:
        print(f"{name} broke", file=sys.stderr)
    return 1 if broken else 0


def _take(name: str, sizes: Sizes, into: Path) -> None:
    module = importlib.import_module(f"tests.bench.router.{name}")
    rows = [figure.row() for figure in module.measure(sizes)]
    into.write_text(json.dumps(rows))


def _take_all(
    wanted: list[str], is_small: bool, folder: Path
) -> tuple[list[dict[str, object]], list[str]]:
    rows: list[dict[str, object]] = []
    broken: list[str] = []
    for name in wanted:
        print(f"taking {name}", flush=True)
        into = folder / f"{name}.json"
        command = [sys.executable, "-m", "tests.bench.router", "--only", name, "--into", str(into)]
        if is_small:
            command.append("--small")
        try:
            subprocess.run(command, check=True, timeout=LONGEST_SECONDS)
            rows += json.loads(into.read_text())
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            broken.append(name)
    return rows, broken


if __name__ == "__main__":
    sys.exit(main())
