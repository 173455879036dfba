"""Steps and policies of the domain as records; the same step always as the same bytes."""

from contact_center.v1 import contact_events_pb2, policy_pb2, routing_events_pb2
from router.adapters.codec.decisions import WRITERS
from router.adapters.codec.policies import policy_to
from router.adapters.codec.values import fill_instant, timestamp
from router.domain.policy import Policy
from router.domain.record import Decided, Step


def encode_step(step: Step) -> bytes:
    """Return the record of routing-events."""
    message = routing_events_pb2.RoutingStep(
        workspace=step.workspace,
        step_number=step.step_number,
        event_id=step.event_id,
        event_type=step.event_type,
        engine_version=step.engine_version,
        policy_version=step.policy_version,
    )
    message.cause.partition = step.partition
    message.cause.offset = step.offset
    fill_instant(step.stamped_at, message.stamped_at)
    fill_instant(step.engine_time, message.engine_time)
    for decided in step.decisions:
        _fill(decided, message.decisions.add())
    return message.SerializeToString(deterministic=True)


def encode_policy(workspace: str, policy: Policy, activated_in_step: int) -> bytes:
    """Return the record of workspace-policies."""
    message = policy_pb2.WorkspacePolicy(
        workspace=workspace, policy=policy_to(policy), activated_in_step=activated_in_step
    )
    return message.SerializeToString(deterministic=True)


def encode_tick(
    event_id: str, workspace: str, source: str, due_at: int, applied_step: int
) -> bytes:
    """Return a record of contact-events: time has passed, and so far the steps were said."""
    message = contact_events_pb2.ContactEvent(
        event_id=event_id,
        workspace=workspace,
        occurred_at=timestamp(due_at),
        source=source,
        clock_ticked=contact_events_pb2.ClockTicked(
            due_at=timestamp(due_at), applied_step=applied_step
        ),
    )
    return message.SerializeToString(deterministic=True)


def _fill(decided: Decided, message: routing_events_pb2.Decision) -> None:
    field, write = WRITERS[type(decided.decision)]
    write(decided.decision, getattr(message, field))
    if decided.due_at is not None:
        fill_instant(decided.due_at, message.due_at)
