"""Run crm: `python -m crm`."""

import sys

from chassis.run import run_service
from crm.app import build
from crm.settings import CrmSettings


def main() -> int:
    """Serve until told to end; the exit code."""
    return run_service("crm", CrmSettings(), build)


if __name__ == "__main__":
    sys.exit(main())
