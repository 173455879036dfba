"""Makes one span and ends; started as a process by test_traces.py."""

from opentelemetry import trace

from chassis.settings import ServiceSettings
from chassis.telemetry import configure, shut_down

if __name__ == "__main__":
    configure("traced", ServiceSettings())
    with trace.get_tracer("tests").start_as_current_span("work done"):
        pass
    shut_down()
