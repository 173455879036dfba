"""One record through codec and engine, counted."""

import time
from functools import cache
from typing import Any, NamedTuple

from router import metrics
from router.adapters.codec import encode_step
from router.domain.steering_decisions import RecordRejected
from router.handlers.partition import Decision, Parked, Partition, Raw


class Decided(NamedTuple):
    """A step, and its record."""

    decision: Decision
    value: bytes


def decide(partition: Partition, raw: Raw) -> Decided | Parked | None:
    """Apply the record; None when it was applied before."""
    began = time.perf_counter()
    outcome = partition.take(raw)
    if outcome is None:
        return None
    if isinstance(outcome, Parked):
        metrics.PARKED.inc()
        return outcome
    decided = Decided(outcome, encode_step(outcome.step))
    metrics.STEP_SECONDS.observe(time.perf_counter() - began)
    metrics.STEPS.inc()
    for one in outcome.step.decisions:
        _counter(type(one.decision).__name__).inc()
        if isinstance(one.decision, RecordRejected):
            metrics.REJECTED.labels(str(one.decision.because)).inc()
    return decided


@cache
def _counter(kind: str) -> Any:
    """Return the counter of a kind of decision: to look it up takes longer than to count."""
    return metrics.DECISIONS.labels(kind)
