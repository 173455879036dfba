"""Run self-service: `python -m self_service`."""

import sys

from chassis.run import run_service
from self_service.app import build
from self_service.settings import SelfServiceSettings


def main() -> int:
    """Serve until told to end; the exit code."""
    return run_service("self-service", SelfServiceSettings(), build)


if __name__ == "__main__":
    sys.exit(main())
