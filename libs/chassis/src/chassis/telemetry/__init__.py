"""Logs, traces, metrics and health."""

from chassis.telemetry.admin import AdminServer
from chassis.telemetry.health import Health
from chassis.telemetry.logs import configure_logs
from chassis.telemetry.setup import configure, shut_down

__all__ = ["AdminServer", "Health", "configure", "configure_logs", "shut_down"]
