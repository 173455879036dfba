"""What supervisors say, as records; and what a step decides about it, as sentences."""

from collections.abc import Callable
from typing import Any

from contact_center.v1 import contact_events_pb2 as events
from contact_center.v1 import routing_events_pb2 as pb
from router.adapters.codec.names import PRESENCES
from router.adapters.codec.roster import roster_agent_to
from router.adapters.codec.sentences import sentence, span, word
from router.adapters.codec.steering import Saying, event_of
from router.domain import supervisor_facts as v

SupervisorFact = (
    v.AgentAdjusted
    | v.QueuePaused
    | v.PresenceForced
    | v.ContactMoved
    | v.ContactPrioritised
    | v.ContactReassigned
    | v.ContactPulledBack
)


def supervised(saying: Saying, fact: SupervisorFact) -> bytes:
    """Return the record that says it."""
    event = event_of(saying)
    _fill(event, fact)
    return event.SerializeToString()


def decided(value: bytes) -> list[str]:
    """Return what the step decides, one sentence each; agents only where a supervisor acted."""
    step = pb.RoutingStep.FromString(value)
    now = step.engine_time.ToMilliseconds()
    told = []
    for decision in step.decisions:
        kind = decision.WhichOneof("decision") or ""
        body: Any = getattr(decision, kind, None)
        write = _STEERED.get(kind)
        if write is not None:
            told.append(write(body, now))
        elif getattr(body, "contact_id", "") and kind != "record_rejected":
            told.append(f"contact {body.contact_id}: {sentence(kind, body, now)}")
    return [line for line in told if line]


def _fill(event: events.ContactEvent, fact: SupervisorFact) -> None:
    match fact:
        case v.AgentAdjusted():
            event.agent_adjusted.agent.CopyFrom(roster_agent_to(fact.agent))
            event.agent_adjusted.fields.extend(fact.fields)
            event.agent_adjusted.expires_seconds = fact.expires_seconds
            event.agent_adjusted.by = fact.by
        case v.QueuePaused():
            event.queue_paused.CopyFrom(
                events.QueuePaused(
                    queue=fact.queue,
                    is_paused=fact.is_paused,
                    expires_seconds=fact.expires_seconds,
                    by=fact.by,
                )
            )
        case v.PresenceForced():
            event.presence_forced.CopyFrom(
                events.PresenceForced(
                    agent_id=fact.agent_id,
                    presence=PRESENCES[fact.presence],
                    reason_code=fact.reason_code,
                    by=fact.by,
                )
            )
        case _:
            _fill_contact(event, fact)


def _fill_contact(event: events.ContactEvent, fact: SupervisorFact) -> None:
    match fact:
        case v.ContactMoved():
            moved = event.contact_moved
            moved.contact_id, moved.queue, moved.by = fact.contact_id, fact.queue, fact.by
        case v.ContactPrioritised():
            said = event.contact_prioritised
            said.contact_id, said.priority, said.by = fact.contact_id, fact.priority, fact.by
        case v.ContactReassigned():
            given = event.contact_reassigned
            given.contact_id, given.agent_id, given.by = fact.contact_id, fact.agent_id, fact.by
        case v.ContactPulledBack():
            event.contact_pulled_back.contact_id = fact.contact_id
            event.contact_pulled_back.by = fact.by


def _queue(d: pb.QueueStateChanged, now: int) -> str:
    if not d.is_paused:
        return f"queue {d.queue} goes on"
    return f"queue {d.queue} is paused {_lasting(d, 'until', now) or 'until it is resumed'}"


def _roster(d: pb.RosterChanged, now: int) -> str:
    if not d.adjusted_fields:
        return f"agent {d.agent_id} is as the roster says"
    lasting = _lasting(d, "adjusted_until", now) or "until it is taken back"
    return f"agent {d.agent_id}: {', '.join(d.adjusted_fields)} adjusted {lasting}"


def _agent(d: pb.AgentStateChanged, now: int) -> str:
    if d.because != "supervisor":
        return ""
    agent = d.agent
    reason = f" ({agent.reason_code})" if agent.reason_code else ""
    why = agent.not_routable_because.replace("_", " ")
    state = "routable" if agent.is_routable else f"not routable: {why}"
    return f"agent {agent.agent_id} is {word(agent, 'presence')}{reason}, {state}"


def _lasting(body: Any, field: str, now: int) -> str:
    if not body.HasField(field):
        return ""
    return f"for {span((getattr(body, field).ToMilliseconds() - now) / 1000)}"


_STEERED: dict[str, Callable[[Any, int], str]] = {
    "queue_state_changed": _queue,
    "roster_changed": _roster,
    "agent_state_changed": _agent,
}
