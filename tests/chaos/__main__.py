"""`make chaos`: CHAOS_SECONDS of faults (60) from CHAOS_SEED (a new one), on a stack of its own."""

import logging
import os
import secrets
import shutil
import sys
import time
from collections import Counter
from pathlib import Path

import uvloop

from local_stack.home import home
from local_stack.run_folders import run_folder
from tests.chaos.run import Outcome, make_stack, run
from tests.e2e.invariants import as_text

MOST_SHOWN = 40
LOGS = Path(__file__).resolve().parents[2] / "build" / "chaos"


def main() -> int:
    """Break things, judge, print; 1 when anything does not hold."""
    seed = int(os.environ.get("CHAOS_SEED") or secrets.randbelow(1_000_000))
    seconds = float(os.environ.get("CHAOS_SECONDS") or 60)
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - began:6.1f} s  {line}", flush=True)

    # Streams that break leave tasks and half-read answers behind; each would be told at length.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    say(f"CHAOS_SEED={seed} CHAOS_SECONDS={seconds:g}")
    with run_folder(home()) as data, make_stack(data, dict(os.environ), say) as stack:
        try:
            outcome = uvloop.run(run(stack, seed=seed, seconds=seconds, say=say))
        finally:
            shutil.copytree(data / "logs", LOGS, dirs_exist_ok=True)
    print(told(outcome))
    return 1 if outcome.findings else 0


def told(outcome: Outcome) -> str:
    """Return the outcome as a person reads it."""
    counts = Counter(outcome.done)
    lines = [
        as_text(outcome.report),
        "",
        f"faults: {', '.join(f'{name} {n}' for name, n in sorted(counts.items()))}",
        f"customers accepted {outcome.accepted}, refused {outcome.refused};"
        f" calls {outcome.calls}, answered {outcome.answered}",
        f"replayed {outcome.replayed.records} records to {outcome.replayed.steps} steps;"
        f" said {outcome.replayed.said}, of them again {outcome.replayed.repeated};"
        f" from {outcome.replayed.snapshots} snapshots the same",
        *(f"SKIPPED: {name}" for name in sorted(outcome.skipped)),
        *(f"BROKEN {invariant}: {what}" for invariant, what in outcome.findings[:MOST_SHOWN]),
        f"CHAOS_SEED={outcome.seed}: {len(outcome.findings)} findings",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
