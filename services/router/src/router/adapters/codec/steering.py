"""What the policy and roster commands say, and what the steps answer."""

from collections.abc import Iterable
from dataclasses import dataclass

from google.protobuf.message import DecodeError

from contact_center.v1 import contact_events_pb2, policy_pb2, routing_events_pb2
from router.adapters.codec.names import BadField
from router.adapters.codec.policies import policy_from, policy_to
from router.adapters.codec.roster import roster_agent_to
from router.adapters.codec.steering_facts import agent_adjusted, queue_paused
from router.adapters.codec.values import timestamp
from router.domain.policy import Policy, RosterAgent
from router.domain.steering_decisions import PolicyError


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """Who says it, where and when."""

    event_id: str
    workspace: str
    source: str
    milliseconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a step says about the record with this event id."""

    workspace: str
    event_id: str
    version: int = 0
    errors: tuple[PolicyError, ...] = ()
    refused: str = ""
    value: bytes = b""
    """The step itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A policy that was proposed."""

    event_id: str
    workspace: str
    policy: Policy
    base_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """What a supervisor holds otherwise; an agent or a queue. No fields: taken back, resumed."""

    event_id: str
    workspace: str
    subject: str
    fields: tuple[str, ...]
    expires_seconds: float
    by: str
    agent: RosterAgent | None = None


def policy_proposed(saying: Saying, policy: Policy, base_version: int) -> bytes:
    """Return the record that proposes it."""
    event = event_of(saying)
    event.policy_proposed.policy.CopyFrom(policy_to(policy))
    event.policy_proposed.base_version = base_version
    return event.SerializeToString()


def agent_defined(saying: Saying, agent: RosterAgent) -> bytes:
    """Return the record that defines the agent."""
    event = event_of(saying)
    event.agent_defined.agent.CopyFrom(roster_agent_to(agent))
    return event.SerializeToString()


def roster_declared(saying: Saying, agent_ids: Iterable[str]) -> bytes:
    """Return the record that says that nobody else works here."""
    event = event_of(saying)
    event.roster_declared.agent_ids.extend(agent_ids)
    return event.SerializeToString()


def removed_in(value: bytes) -> list[str]:
    """Return who left the roster in a step."""
    step = routing_events_pb2.RoutingStep.FromString(value)
    changes = [decision.roster_changed for decision in step.decisions]
    return [change.agent_id for change in changes if change.is_removed]


def engine_version_activated(saying: Saying, version: int) -> bytes:
    """Return the record that switches the engine to the version."""
    event = event_of(saying)
    event.engine_version_activated.engine_version = version
    return event.SerializeToString()


def read_engine_version(value: bytes) -> int:
    """Return which version of the engine decided a step; 0 for what is no step."""
    try:
        return routing_events_pb2.RoutingStep.FromString(value).engine_version
    except DecodeError:
        return 0


def read_answer(value: bytes) -> Answer | None:
    """Return what a step says; None for what is no step."""
    try:
        step = routing_events_pb2.RoutingStep.FromString(value)
    except DecodeError:
        return None
    version, refused = 0, ""
    errors: tuple[PolicyError, ...] = ()
    for decision in step.decisions:
        match decision.WhichOneof("decision"):
            case "policy_activated":
                version = decision.policy_activated.version
            case "policy_refused":
                found = decision.policy_refused.errors
                errors = tuple(PolicyError(e.path, e.message) for e in found)
            case "record_rejected":
                kind = routing_events_pb2.RejectedBecause.Name(decision.record_rejected.because)
                kind = kind.removeprefix("REJECTED_BECAUSE_").lower()
                refused = f"{kind}: {decision.record_rejected.detail}"
    return Answer(
        workspace=step.workspace,
        event_id=step.event_id,
        version=version,
        errors=errors,
        refused=refused,
        value=value,
    )


def read_policy(value: bytes) -> Policy | None:
    """Return an active policy; None for what no router wrote."""
    try:
        return policy_from(policy_pb2.WorkspacePolicy.FromString(value).policy)
    except (DecodeError, BadField):
        return None


def read_proposal(value: bytes) -> Proposal | None:
    """Return the policy that a record proposes; None when it proposes none."""
    event = _event_in(value)
    if event is None or event.WhichOneof("fact") != "policy_proposed":
        return None
    said = event.policy_proposed
    try:
        return Proposal(
            event_id=event.event_id,
            workspace=event.workspace,
            policy=policy_from(said.policy),
            base_version=said.base_version,
        )
    except BadField:
        return None


def read_adjustment(value: bytes) -> Adjustment | None:
    """Return what a supervisor adjusts or pauses; None when it is something else."""
    event = _event_in(value)
    if event is None:
        return None
    try:
        match event.WhichOneof("fact"):
            case "agent_adjusted":
                adjusted = agent_adjusted(event.agent_adjusted)
                return Adjustment(
                    event_id=event.event_id,
                    workspace=event.workspace,
                    subject=f"agent {adjusted.agent.agent_id}",
                    fields=adjusted.fields,
                    expires_seconds=adjusted.expires_seconds,
                    by=adjusted.by,
                    agent=adjusted.agent,
                )
            case "queue_paused":
                paused = queue_paused(event.queue_paused)
                return Adjustment(
                    event_id=event.event_id,
                    workspace=event.workspace,
                    subject=f"queue {paused.queue}",
                    fields=("pause",) if paused.is_paused else (),
                    expires_seconds=paused.expires_seconds,
                    by=paused.by,
                )
    except BadField:
        return None
    return None


def _event_in(value: bytes) -> contact_events_pb2.ContactEvent | None:
    try:
        return contact_events_pb2.ContactEvent.FromString(value)
    except DecodeError:
        return None


def event_of(saying: Saying) -> contact_events_pb2.ContactEvent:
    """Return the envelope, without its fact."""
    return contact_events_pb2.ContactEvent(
        event_id=saying.event_id,
        workspace=saying.workspace,
        source=saying.source,
        occurred_at=timestamp(saying.milliseconds),
    )
