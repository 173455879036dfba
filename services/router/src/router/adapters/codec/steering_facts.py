"""What those who steer say, and the clock, as the domain's; BadField for what is forbidden."""

from contact_center.v1 import contact_events_pb2 as pb
from router.adapters.codec.names import PRESENCE_OF, BadField, word
from router.adapters.codec.policies import policy_from
from router.adapters.codec.roster import roster_agent_from
from router.adapters.codec.values import duration, priority, short
from router.domain import steering_facts as s
from router.domain import supervisor_facts as v


def policy_proposed(m: pb.PolicyProposed) -> s.PolicyProposed:
    return s.PolicyProposed(policy=policy_from(m.policy), base_version=m.base_version)


def agent_defined(m: pb.AgentDefined) -> s.AgentDefined:
    return s.AgentDefined(agent=roster_agent_from(m.agent))


def agent_removed(m: pb.AgentRemoved) -> s.AgentRemoved:
    return s.AgentRemoved(agent_id=m.agent_id)


def roster_declared(m: pb.RosterDeclared) -> s.RosterDeclared:
    return s.RosterDeclared(agent_ids=tuple(m.agent_ids))


def engine_version_activated(m: pb.EngineVersionActivated) -> s.EngineVersionActivated:
    return s.EngineVersionActivated(engine_version=m.engine_version)


def clock_ticked(m: pb.ClockTicked) -> s.ClockTicked:
    due_at = m.due_at
    milliseconds = due_at.seconds * 1000 + due_at.nanos // 1_000_000
    return s.ClockTicked(due_at=milliseconds, applied_step=m.applied_step)


def agent_adjusted(m: pb.AgentAdjusted) -> v.AgentAdjusted:
    for field in m.fields:
        if field not in v.ADJUSTABLE:
            known = ", ".join(v.ADJUSTABLE)
            raise BadField(f"fields: {short(field, 'fields')!r} is none of {known}")
    return v.AgentAdjusted(
        agent=roster_agent_from(m.agent),
        fields=tuple(field for field in v.ADJUSTABLE if field in m.fields),
        expires_seconds=duration(m.expires_seconds, "expires_seconds"),
        by=m.by,
    )


def queue_paused(m: pb.QueuePaused) -> v.QueuePaused:
    return v.QueuePaused(
        queue=m.queue,
        is_paused=m.is_paused,
        expires_seconds=duration(m.expires_seconds, "expires_seconds"),
        by=m.by,
    )


def presence_forced(m: pb.PresenceForced) -> v.PresenceForced:
    presence = word(PRESENCE_OF, m.presence, "presence")
    return v.PresenceForced(
        agent_id=m.agent_id, presence=presence, reason_code=m.reason_code, by=m.by
    )


def contact_moved(m: pb.ContactMoved) -> v.ContactMoved:
    return v.ContactMoved(contact_id=m.contact_id, queue=m.queue, by=m.by)


def contact_prioritised(m: pb.ContactPrioritised) -> v.ContactPrioritised:
    return v.ContactPrioritised(contact_id=m.contact_id, priority=priority(m.priority), by=m.by)


def contact_reassigned(m: pb.ContactReassigned) -> v.ContactReassigned:
    return v.ContactReassigned(contact_id=m.contact_id, agent_id=m.agent_id, by=m.by)


def contact_pulled_back(m: pb.ContactPulledBack) -> v.ContactPulledBack:
    return v.ContactPulledBack(contact_id=m.contact_id, by=m.by)
