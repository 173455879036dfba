"""Decisions about rules, roster and refused records filled into the contract's."""

from contact_center.v1 import routing_events_pb2 as pb
from router.adapters.codec import names
from router.adapters.codec.values import fill_instant
from router.domain import steering_decisions as s


def roster_changed(d: s.RosterChanged, m: pb.RosterChanged) -> None:
    m.agent_id = d.agent_id
    m.is_removed = d.is_removed
    m.adjusted_fields.extend(d.adjusted_fields)
    if d.adjusted_until:
        fill_instant(d.adjusted_until, m.adjusted_until)


def queue_state_changed(d: s.QueueStateChanged, m: pb.QueueStateChanged) -> None:
    m.queue = d.queue
    m.is_paused = d.is_paused
    if d.until:
        fill_instant(d.until, m.until)
    m.by = d.by


def policy_activated(d: s.PolicyActivated, m: pb.PolicyActivated) -> None:
    m.version = d.version
    m.content_sha256 = d.content_sha256


def policy_refused(d: s.PolicyRefused, m: pb.PolicyRefused) -> None:
    m.base_version = d.base_version
    for error in d.errors:
        m.errors.add(path=error.path, message=error.message)


def engine_activated(d: s.EngineActivated, m: pb.EngineActivated) -> None:
    m.engine_version = d.engine_version


def record_rejected(d: s.RecordRejected, m: pb.RecordRejected) -> None:
    m.because = names.REJECTED[d.because]
    m.detail = d.detail
    m.contact_id = d.contact_id
    m.agent_id = d.agent_id
    m.offer_id = d.offer_id
