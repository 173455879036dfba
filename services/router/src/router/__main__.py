"""Start the router."""

import logging
import os
import sys

from chassis.run import run_service
from router.app import build
from router.settings import SERVICE, RouterSettings


def main() -> int:
    """Run until SIGTERM; the exit code."""
    code = run_service(SERVICE, RouterSettings(), build)
    # After a crash, or without a broker, Faust's consumer thread may live on, and would keep the
    # process.
    logging.shutdown()
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
