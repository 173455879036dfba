"""Run a desk: `python -m desk`."""

import sys

from chassis.run import run_service
from desk.app import SERVICE, build
from desk.settings import DeskSettings


def main() -> int:
    """Serve until told to end; the exit code."""
    return run_service(SERVICE, DeskSettings(), build)


if __name__ == "__main__":
    sys.exit(main())
