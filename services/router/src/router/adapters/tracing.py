"""A span for each step whose record has a recorded trace: Faust makes none when it consumes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from opentelemetry.trace import Span

from chassis.events import continued_trace, trace_headers
from chassis.kafka import Record
from router.adapters.outbox import INPUT, TRACE
from router.domain.record import Step
from router.handlers.partition import Raw

MOST_NAMED = 20


@contextmanager
def traced(partition: int, raw: Raw) -> Iterator[tuple[Span, Raw]]:
    """The span, and the record as if it came from there: its step goes on under the span."""
    record = Record(INPUT, partition, raw.offset, raw.stamp, raw.key, b"", raw.headers)
    with continued_trace(record, "router step") as span:
        others = (header for header in raw.headers if header[0] not in TRACE)
        yield span, replace(raw, headers=(*others, *trace_headers()))


def tell_step(span: Span, step: Step) -> None:
    """Name the step and what it decided; no person, no contact."""
    kinds = [type(one.decision).__name__ for one in step.decisions[:MOST_NAMED]]
    span.set_attributes(
        {
            "contact_center.workspace": step.workspace,
            "contact_center.event.type": step.event_type,
            "contact_center.step.number": step.step_number,
            "contact_center.step.decisions": kinds,
        }
    )
