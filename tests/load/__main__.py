"""`make load`: bring a day of a real call center into the stack of `make up`.

LOAD_DAY (a date from 2003-03-03 on, or 0 to 163), LOAD_FACTOR (share of its calls), LOAD_SPEED
(how many times faster than that day), and what else `--help` names, as LOAD_….
"""

import argparse
import os
import sys
from dataclasses import asdict, fields
from typing import Any

import uvloop

from local_stack.state import read_state, up_folder
from tests.load.bank_calls import counts
from tests.load.run import Load, run
from tests.load.tally import Fate, show, write

HELP = {
    "day": "a date of the data, or its number from 0 to 163",
    "factor": "share of that day's calls that come",
    "speed": "how many times faster than that day",
    "seed": "of the arrivals",
    "seconds": "stop bringing customers in after so long",
    "agents": "how many sign in for it; 0 leaves the work to whoever is there",
    "talk": "seconds that an agent talks",
    "patience": "mean seconds until a customer gives up",
    "most": "how many may be there at once; more are left out",
}


def main() -> int:
    """Run it; 1 when a customer who was accepted was lost, or nothing runs."""
    load = _load(sys.argv[1:])
    state = read_state(up_folder())
    if state is None or not state.is_ready:
        print("nothing runs: make up starts it", file=sys.stderr)
        return 1
    visits = uvloop.run(run(load, state.environment))
    how = "facts" if load.is_facts else "chats"
    title = f"{load.day} × {load.factor:g}, {load.speed:g} times faster, {load.agents} agents"
    show(f"{how}: {title}", visits)
    print(f"written to {write(how, asdict(load), visits)}")
    return 1 if any(visit.fate is Fate.LOST for visit in visits) else 0


def _load(argv: list[str]) -> Load:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    for field in fields(Load):
        if field.name == "is_facts":
            continue
        kind: Any = type(field.default)
        default = kind(os.environ.get(f"LOAD_{field.name.upper()}") or field.default)
        text = f"{HELP[field.name]} ({field.default})"
        parser.add_argument(f"--{field.name}", type=kind, default=default, help=text)
    is_facts = os.environ.get("LOAD_FACTS", "") not in ("", "0")
    parser.add_argument(
        "--facts",
        dest="is_facts",
        action="store_true",
        default=is_facts,
        help="append facts to the log: the router alone, without ingest-digital and desk",
    )
    load = Load(**vars(parser.parse_args(argv)))
    try:
        counts(load.day)
    except LookupError:
        parser.error(f"there is no day {load.day!r}: weekdays from 2003-03-03 to 2003-10-24")
    return load


if __name__ == "__main__":
    sys.exit(main())
