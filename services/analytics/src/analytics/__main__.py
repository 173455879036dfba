"""Run analytics: `python -m analytics`."""

import sys

from analytics.app import build
from analytics.settings import AnalyticsSettings
from chassis.run import run_service


def main() -> int:
    """Serve until told to end; the exit code."""
    return run_service("analytics", AnalyticsSettings(), build)


if __name__ == "__main__":
    sys.exit(main())
