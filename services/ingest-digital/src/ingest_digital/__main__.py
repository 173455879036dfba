"""Runs ingest-digital until it is told to end."""

import sys

from chassis.run import run_service
from ingest_digital.app import build
from ingest_digital.settings import Settings


def main() -> None:
    """Read the settings, run, exit with the code that says how it went."""
    sys.exit(run_service("ingest-digital", Settings(), build))


if __name__ == "__main__":
    main()
