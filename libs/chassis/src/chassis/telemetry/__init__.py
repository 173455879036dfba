"""Logs, traces, metrics and health."""

from chassis.telemetry.admin import AdminServer
from chassis.telemetry.exemplars import exemplar
from chassis.telemetry.health import Health
from chassis.telemetry.logs import configure_logs
from chassis.telemetry.loop_watch import LoopWatch
from chassis.telemetry.setup import configure, shut_down

__all__ = [
    "AdminServer",
    "Health",
    "LoopWatch",
    "configure",
    "configure_logs",
    "exemplar",
    "shut_down",
]
