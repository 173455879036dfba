"""`python -m tests.bench`: start a stack of its own, measure, print, write."""

import os
import sys
import time

import uvloop

from local_stack.home import home
from local_stack.run_folders import run_folder
from local_stack.stack import Stack, without_servers
from tests.bench.figures import publish
from tests.bench.main_path import measure, write_roster


def main() -> int:
    """Run the bench; 0 when it came to its end, whatever the figures are."""
    with run_folder(home()) as data:
        began = time.monotonic()
        stack = Stack(
            data,
            environ=without_servers(os.environ),
            roster=write_roster(data / "roster.yaml"),
            durable=True,
        )
        with stack:
            figures = uvloop.run(measure(stack, time.monotonic() - began))
    print(f"written to {publish('main-path', figures)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
