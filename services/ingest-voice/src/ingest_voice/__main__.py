"""Run the phone service: `python -m ingest_voice`."""

import sys

from chassis.run import run_service
from ingest_voice.app import build
from ingest_voice.settings import Settings


def main() -> int:
    """Serve until told to end; the exit code."""
    return run_service("ingest-voice", Settings(), build)


if __name__ == "__main__":
    sys.exit(main())
