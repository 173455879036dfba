"""Steps and policies of the domain as records; the same step always as the same bytes."""

from contact_center.v1 import common_pb2, contact_events_pb2, policy_pb2, routing_events_pb2
from router.adapters.codec.decisions import WRITERS
from router.adapters.codec.policies import policy_to
from router.adapters.codec.values import timestamp
from router.domain.policy import Policy
from router.domain.record import Decided, Step


def encode_step(step: Step) -> bytes:
    """Return the record of routing-events."""
    message = routing_events_pb2.RoutingStep(
        workspace=step.workspace,
        step_number=step.step_number,
        cause=common_pb2.Position(partition=step.partition, offset=step.offset),
        event_id=step.event_id,
        event_type=step.event_type,
        stamped_at=timestamp(step.stamped_at),
        engine_time=timestamp(step.engine_time),
        engine_version=step.engine_version,
        policy_version=step.policy_version,
        decisions=[_decision(decided) for decided in step.decisions],
    )
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


def _decision(decided: Decided) -> routing_events_pb2.Decision:
    field, write = WRITERS[type(decided.decision)]
    message = routing_events_pb2.Decision(**{field: write(decided.decision)})
    if decided.due_at is not None:
        message.due_at.CopyFrom(timestamp(decided.due_at))
    return message
