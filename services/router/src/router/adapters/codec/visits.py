"""Decisions about visits, filled into the contract's."""

from contact_center.v1 import routing_events_pb2 as pb
from router.adapters.codec import names
from router.adapters.codec.needs import apart
from router.adapters.codec.values import fill_instant
from router.domain import visit_decisions as v


def visit_opened(d: v.VisitOpened, m: pb.VisitOpened) -> None:
    """Fill in what waits, where, since when and for whom."""
    requirements, rest = apart(d.requirements)
    m.visit_id = d.visit_id
    m.contact_id = d.contact_id
    m.queue = d.queue
    m.channel = names.CHANNELS[d.channel]
    m.priority = d.priority
    m.requirements.extend(requirements)
    if rest is not None:
        m.needs.CopyFrom(rest)
    fill_instant(d.queued_since, m.queued_since)
    m.because = names.QUEUED_BY[d.because]
    m.preferred_agent_id = d.preferred_agent_id
    if d.preferred_until:
        fill_instant(d.preferred_until, m.preferred_until)


def visit_ended(d: v.VisitEnded, m: pb.VisitEnded) -> None:
    """Fill in how it ended."""
    m.visit_id = d.visit_id
    m.contact_id = d.contact_id
    m.queue = d.queue
    m.channel = names.CHANNELS[d.channel]
    m.exit = names.VISIT_EXITS[d.exit]
    m.agent_id = d.agent_id


def ring_opened(d: v.RingOpened, m: pb.RingOpened) -> None:
    """Fill in which ring it is."""
    m.contact_id = d.contact_id
    m.visit_id = d.visit_id
    m.ring = d.ring


def wait_estimated(d: v.WaitEstimated, m: pb.WaitEstimated) -> None:
    """Fill in what the customer may be told."""
    m.contact_id = d.contact_id
    m.visit_id = d.visit_id
    m.queue = d.queue
    m.low_seconds = d.low_seconds
    m.high_seconds = d.high_seconds
    m.coverage = d.coverage
    m.ahead = d.ahead
