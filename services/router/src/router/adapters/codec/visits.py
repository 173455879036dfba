"""Decisions about visits as the contract's."""

from typing import Any

from contact_center.v1 import routing_events_pb2 as pb
from router.adapters.codec import names
from router.adapters.codec.needs import apart
from router.adapters.codec.values import instant, timestamp
from router.domain import visit_decisions as v


def visit_opened(d: v.VisitOpened) -> Any:
    """Return what waits, where, since when and for whom."""
    requirements, rest = apart(d.requirements)
    return pb.VisitOpened(
        visit_id=d.visit_id,
        contact_id=d.contact_id,
        queue=d.queue,
        channel=names.CHANNELS[d.channel],
        priority=d.priority,
        requirements=requirements,
        queued_since=timestamp(d.queued_since),
        needs=rest,
        because=names.QUEUED_BY[d.because],
        preferred_agent_id=d.preferred_agent_id,
        preferred_until=instant(d.preferred_until),
    )


def visit_ended(d: v.VisitEnded) -> Any:
    """Return how it ended."""
    return pb.VisitEnded(
        visit_id=d.visit_id,
        contact_id=d.contact_id,
        queue=d.queue,
        channel=names.CHANNELS[d.channel],
        exit=names.VISIT_EXITS[d.exit],
        agent_id=d.agent_id,
    )


def ring_opened(d: v.RingOpened) -> Any:
    """Return which ring it is."""
    return pb.RingOpened(contact_id=d.contact_id, visit_id=d.visit_id, ring=d.ring)


def wait_estimated(d: v.WaitEstimated) -> Any:
    """Return what the customer may be told."""
    return pb.WaitEstimated(
        contact_id=d.contact_id,
        visit_id=d.visit_id,
        queue=d.queue,
        low_seconds=d.low_seconds,
        high_seconds=d.high_seconds,
        coverage=d.coverage,
        ahead=d.ahead,
    )
