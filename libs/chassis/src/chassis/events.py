"""CloudEvents attributes and trace context in record headers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Protocol

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_TRACER = trace.get_tracer("chassis")
_PROPAGATOR = TraceContextTextMapPropagator()
_TRACE_HEADERS = frozenset({"traceparent", "tracestate"})
_SAMPLED = frozenset({b"1", b"3", b"5", b"7", b"9", b"b", b"d", b"f"})


class _Traced(Protocol):
    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


def headers(
    event_id: str,
    type: str,
    source: str,
    time: datetime,
    *,
    subject: str | None = None,
    content_type: str = "application/protobuf",
) -> list[tuple[str, bytes]]:
    """Headers of one event in CloudEvents' binary mode, with the current span's trace context.

    `time` must know its zone. The id is the caller's: the same fact sent again has the same id.
    """
    if time.tzinfo is None:
        raise ValueError(f"time {time.isoformat()} has no zone")
    stamp = time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    attributes = {
        "ce_specversion": "1.0",
        "ce_id": event_id,
        "ce_type": type,
        "ce_source": source,
        "ce_time": stamp,
        "content-type": content_type,
    }
    if subject is not None:
        attributes["ce_subject"] = subject
    _PROPAGATOR.inject(attributes)
    return [(name, value.encode()) for name, value in attributes.items()]


def trace_headers() -> list[tuple[str, bytes]]:
    """Only the current span's trace context, for records that are no events."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return [(name, value.encode()) for name, value in carrier.items()]


def attribute(headers: Sequence[tuple[str, bytes]], name: str) -> str:
    """The text of a header such as `ce_id`, empty when missing or not text."""
    found = next((value for key, value in headers if key == name), b"")
    return found.decode(errors="replace")


def context_from(headers: Sequence[tuple[str, bytes]]) -> Context:
    """The trace context that came in; without one (or with a broken one) an empty context."""
    carrier = {
        name: value.decode("ascii", errors="replace")
        for name, value in headers
        if name in _TRACE_HEADERS
    }
    return _PROPAGATOR.extract(carrier, context=Context())


def is_recorded(headers: Sequence[tuple[str, bytes]]) -> bool:
    """Whether who wrote the record keeps its trace; a look at a byte, for hot paths."""
    for name, value in headers:
        if name == "traceparent":
            return value[-1:] in _SAMPLED
    return False


@contextmanager
def processed_together(records: Sequence[_Traced], name: str, group: str) -> Iterator[None]:
    """A consumer span in the trace of each record that has one; none of them is current.

    Who handles many at once knows of each trace only that it came through here, and for how long.
    """
    spans = [
        _TRACER.start_span(
            name,
            context=context_from(record.headers),
            kind=SpanKind.CONSUMER,
            attributes=_position(record, group) | {"messaging.batch.message_count": len(records)},
        )
        for record in records
        if is_recorded(record.headers)
    ]
    try:
        yield
    finally:
        for span in spans:
            span.end()


@contextmanager
def continued_trace(record: _Traced, name: str, group: str = "") -> Iterator[Span]:
    """A consumer span, current inside, whose parent is the span that wrote the record."""
    with _TRACER.start_as_current_span(
        name,
        context=context_from(record.headers),
        kind=SpanKind.CONSUMER,
        attributes=_position(record, group),
        record_exception=False,
    ) as span:
        yield span


def _position(record: _Traced, group: str) -> dict[str, str | int]:
    named: dict[str, str | int] = {"messaging.consumer.group.name": group} if group else {}
    return named | {
        "messaging.system": "kafka",
        "messaging.operation.type": "process",
        "messaging.destination.name": record.topic,
        "messaging.destination.partition.id": str(record.partition),
        "messaging.kafka.offset": record.offset,
    }
