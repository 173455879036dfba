"""The active policy, as far as flows need it."""

from dataclasses import dataclass

from chassis.kafka import Record
from contact_center.v1 import policy_pb2
from self_service.adapters.codec.values import needed, parse
from self_service.handlers.ports import EntryPoint


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivePolicy:
    """Names only; `attributes` gives the allowed values, none for a number."""

    workspace: str
    entry_points: dict[str, EntryPoint]
    queues: tuple[str, ...]
    skills: frozenset[str]
    attributes: dict[str, frozenset[str]]
    exits: tuple[tuple[str, str], ...] = ()
    """Queues that send contacts to a flow, with its name."""


def read_policy(record: Record) -> ActivePolicy:
    """Return the policy; InvalidMessage for bytes that are none."""
    message = parse(policy_pb2.WorkspacePolicy(), record.value)
    policy = message.policy
    return ActivePolicy(
        workspace=needed(message.workspace, "workspace"),
        entry_points={
            entry.name: EntryPoint(flow=entry.flow, address=entry.address)
            for entry in policy.entry_points
        },
        queues=tuple(queue.name for queue in policy.queues),
        skills=frozenset(skill.name for skill in policy.skills),
        attributes={a.name: frozenset(a.enum_values) for a in policy.attributes},
        exits=tuple(
            (queue.name, way.flow)
            for queue in policy.queues
            for way in (queue.on_closed, queue.on_full, queue.on_overflow, queue.on_nobody)
            if way.flow
        ),
    )
