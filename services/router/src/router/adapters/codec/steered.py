"""Decisions about rules, roster and refused records as the contract's."""

from typing import Any

from contact_center.v1 import routing_events_pb2 as pb
from router.adapters.codec import names
from router.adapters.codec.values import instant
from router.domain import steering_decisions as s


def roster_changed(d: s.RosterChanged) -> Any:
    return pb.RosterChanged(
        agent_id=d.agent_id,
        is_removed=d.is_removed,
        adjusted_fields=d.adjusted_fields,
        adjusted_until=instant(d.adjusted_until),
    )


def queue_state_changed(d: s.QueueStateChanged) -> Any:
    return pb.QueueStateChanged(
        queue=d.queue, is_paused=d.is_paused, until=instant(d.until), by=d.by
    )


def policy_activated(d: s.PolicyActivated) -> Any:
    return pb.PolicyActivated(version=d.version, content_sha256=d.content_sha256)


def policy_refused(d: s.PolicyRefused) -> Any:
    errors = [pb.PolicyError(path=error.path, message=error.message) for error in d.errors]
    return pb.PolicyRefused(base_version=d.base_version, errors=errors)


def engine_activated(d: s.EngineActivated) -> Any:
    return pb.EngineActivated(engine_version=d.engine_version)


def record_rejected(d: s.RecordRejected) -> Any:
    return pb.RecordRejected(
        because=names.REJECTED[d.because],
        detail=d.detail,
        contact_id=d.contact_id,
        agent_id=d.agent_id,
        offer_id=d.offer_id,
    )
