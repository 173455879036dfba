"""CloudEvents attributes, trace context, and what was already seen."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from chassis.events import (
    attribute,
    continued_trace,
    headers,
    is_recorded,
    processed_together,
    trace_headers,
)
from chassis.kafka import Record, StepFilter

TRACER = TracerProvider().get_tracer("tests")
NOON = datetime(2026, 1, 2, 12, 0, 0, 123456, tzinfo=UTC)


def a_record(*sent: tuple[str, bytes]) -> Record:
    return Record("t.v1", 0, 7, 1, b"k", b"v", tuple(sent))


def test_headers_are_cloud_events_in_binary_mode():
    sent = headers("e1", "ContactArrived", "/ingest/1", NOON, subject="c1")

    assert dict(sent) == {
        "ce_specversion": b"1.0",
        "ce_id": b"e1",
        "ce_type": b"ContactArrived",
        "ce_source": b"/ingest/1",
        "ce_time": b"2026-01-02T12:00:00.123Z",
        "ce_subject": b"c1",
        "content-type": b"application/protobuf",
    }
    assert (attribute(sent, "ce_id"), attribute(sent, "ce_none")) == ("e1", "")


def test_times_are_told_in_utc_and_need_a_zone():
    berlin = NOON.astimezone(timezone(timedelta(hours=1)))

    assert attribute(headers("e", "t", "s", berlin), "ce_time") == "2026-01-02T12:00:00.123Z"
    with pytest.raises(ValueError, match="zone"):
        headers("e", "t", "s", NOON.replace(tzinfo=None))


def test_a_trace_goes_on_through_a_record():
    with TRACER.start_as_current_span("request") as request:
        record = a_record(*headers("e", "t", "s", NOON))
    with continued_trace(record, "process"):
        passed_on = trace_headers()

    assert f"{request.get_span_context().trace_id:032x}" in attribute(passed_on, "traceparent")


@pytest.mark.parametrize("bad", [b"", b"\xff\xff", b"00-zz-yy-01", b"x" * 10_000])
def test_a_broken_trace_header_is_no_trace(bad: bytes):
    with continued_trace(a_record(("traceparent", bad)), "process"):
        assert not trace_headers() or b"zz" not in trace_headers()[0][1]


def test_a_record_without_trace_does_not_join_the_one_around():
    with TRACER.start_as_current_span("loop") as around, continued_trace(a_record(), "process"):
        inside = trace.get_current_span().get_span_context()
        assert inside.trace_id != around.get_span_context().trace_id


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [(b"01", True), (b"03", True), (b"00", False), (b"02", False), (b"", False)],
)
def test_only_a_record_whose_writer_recorded_counts_as_recorded(flags: bytes, wanted: bool):
    sent = [("ce_id", b"e1"), ("traceparent", b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-" + flags)]

    assert is_recorded(sent) is wanted
    assert not is_recorded([("ce_id", b"e1")])


def test_what_is_processed_together_is_in_no_record_s_trace_alone():
    with TRACER.start_as_current_span("request"):
        record = a_record(*headers("e", "t", "s", NOON))
    with processed_together([record, a_record()], "process", "group"):
        assert not trace.get_current_span().get_span_context().is_valid


def test_a_step_is_new_once_per_workspace():
    steps = StepFilter({"old": 5})

    accepted = [
        steps.accepts(workspace, number)
        for workspace, number in [("a", 1), ("a", 1), ("a", 3), ("a", 2), ("b", 1), ("old", 5)]
    ]
    assert accepted == [True, False, True, False, True, False]
    assert (steps.last("a"), steps.last("none")) == (3, 0)
    assert StepFilter(steps.snapshot()).last("a") == 3
