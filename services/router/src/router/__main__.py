"""Start the router."""

import sys

from chassis.run import run_service
from router.app import build
from router.settings import SERVICE, RouterSettings


def main() -> int:
    """Run until SIGTERM; the exit code."""
    return run_service(SERVICE, RouterSettings(), build)


if __name__ == "__main__":
    sys.exit(main())
