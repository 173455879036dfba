"""Between protobuf and the domain."""

import math
from collections.abc import Callable
from typing import Any, TypeVar

from google.protobuf.message import DecodeError, Message

from analytics.domain import definitions, steps
from analytics.domain.numbers import AgentNumbers, WorkspaceNumbers
from analytics.domain.queue_numbers import QueueNumbers
from analytics.domain.targets import PolicyTargets, Target
from chassis.errors import InvalidMessage
from chassis.kafka import Record
from contact_center.v1 import (
    analytics_service_pb2,
    common_pb2,
    policy_pb2,
    routing_events_pb2,
)

MAX_ID_LENGTH = 255
PARKED_BEFORE = "ce_parkedbefore"
MAX_DIGITS = 19
OUTCOMES = {
    routing_events_pb2.OFFER_OUTCOME_ACCEPTED: "accepted",
    routing_events_pb2.OFFER_OUTCOME_CONNECTED: "connected",
    routing_events_pb2.OFFER_OUTCOME_FAILED: "failed",
    routing_events_pb2.OFFER_OUTCOME_REJECTED: "rejected",
    routing_events_pb2.OFFER_OUTCOME_TIMED_OUT: "missed",
    routing_events_pb2.OFFER_OUTCOME_RESCINDED: "rescinded",
    routing_events_pb2.OFFER_OUTCOME_WITHDRAWN: "withdrawn",
}
_CHANNELS = frozenset(common_pb2.Channel.keys())

M = TypeVar("M", bound=Message)


def step_of(record: Record) -> steps.Step:
    """A record of routing-events.v1."""
    step = _parsed(routing_events_pb2.RoutingStep, record)
    if not step.workspace or len(step.workspace) > MAX_ID_LENGTH or "\x00" in step.workspace:
        raise InvalidMessage("workspace is empty, too long or holds a NUL character")
    if not 1 <= step.step_number < 2**63:
        raise InvalidMessage(f"step_number is {step.step_number}")
    return steps.Step(
        workspace=step.workspace,
        number=step.step_number,
        stamped_ms=step.stamped_at.ToMilliseconds(),
        policy_version=step.policy_version,
        cause_partition=step.cause.partition,
        cause_offset=step.cause.offset,
        parked_before=_parked_before(record),
        decisions=tuple(
            read(getattr(decision, kind))
            for decision in step.decisions
            if (read := _DECISIONS.get(kind := decision.WhichOneof("decision") or ""))
            if _counts(decision)
        ),
    )


def _parked_before(record: Record) -> int:
    said = record.header(PARKED_BEFORE) or b""
    return int(said) if said.isdigit() and len(said) < MAX_DIGITS else 0


def targets_of(record: Record) -> tuple[str, PolicyTargets]:
    """A record of workspace-policies.v1: the workspace and what its policy promises."""
    active = _parsed(policy_pb2.WorkspacePolicy, record)
    if not active.workspace or not active.HasField("policy"):
        raise InvalidMessage("no workspace or no policy")
    policy = active.policy
    targets = PolicyTargets(
        version=policy.version,
        queues={
            queue.name: Target(
                target_seconds=queue.target_seconds,
                target_share=queue.target_share,
                short_abandon_seconds=queue.short_abandon_seconds,
            )
            for queue in policy.queues
        },
        slots={
            _channel(channel): capacity.slots
            for capacity in policy.capacities
            for channel in capacity.channels
        },
    )
    return active.workspace, targets


def numbers_message(numbers: WorkspaceNumbers) -> analytics_service_pb2.WorkspaceNumbers:
    """The numbers as of the fold's last step."""
    fold = numbers.fold
    message = analytics_service_pb2.WorkspaceNumbers(
        workspace=numbers.workspace,
        step_number=fold.step_number,
        definitions_version=definitions.VERSION,
        queues=[_queue(queue, fold.stamped_ms) for queue in numbers.queues],
        agents=[_agent(agent) for agent in numbers.agents],
        channels=[
            analytics_service_pb2.ChannelNumbers(
                channel=_channel_value(channel),
                arrived=one.arrived,
                open=one.arrived - sum(one.ended.values()),
                ended=one.ended,
            )
            for channel, one in sorted(fold.channels.items())
        ],
    )
    if fold.step_number:
        message.cause.partition = fold.cause_partition
        message.cause.offset = fold.cause_offset
        message.stamped_at.FromMilliseconds(fold.stamped_ms)
    return message


def _queue(queue: QueueNumbers, now_ms: int) -> analytics_service_pb2.QueueNumbers:
    level = queue.service_level
    message = analytics_service_pb2.QueueNumbers(
        queue=queue.queue,
        channel=_channel_value(queue.channel),
        entered=queue.entered,
        waiting=queue.waiting,
        exits=queue.exits,
        service_level=analytics_service_pb2.ServiceLevel(
            target_seconds=level.target.target_seconds,
            short_abandon_seconds=level.target.short_abandon_seconds,
            lower=level.lower,
            upper=level.upper,
            completeness=level.completeness,
            cohort=level.cohort,
        ),
        asa_seconds=queue.answered.mean_seconds(),
        asa_median_seconds=queue.answered.quantile_seconds(0.5),
        asa_p90_seconds=queue.answered.quantile_seconds(0.9),
        aht_seconds=queue.handled.mean_seconds(),
        handled=queue.handled.count,
        aht_attention_seconds=queue.aht_attention_seconds,
        wait_estimates=analytics_service_pb2.WaitEstimates(
            told=queue.estimates.told,
            outcomes=queue.estimates.outcomes,
            coverage=queue.estimates.coverage,
        ),
    )
    if queue.oldest_ms is not None:
        message.longest_wait_seconds = (now_ms - queue.oldest_ms) / 1000
        message.oldest_entered_at.FromMilliseconds(queue.oldest_ms)
    return message


def _agent(agent: AgentNumbers) -> analytics_service_pb2.AgentNumbers:
    count = agent.handled.count
    message = analytics_service_pb2.AgentNumbers(
        agent_id=agent.agent_id,
        team=agent.team,
        state=agent.state,
        presence=agent.presence,
        loads=[
            analytics_service_pb2.ChannelLoad(
                channel=_channel_value(channel),
                contacts=agent.contacts.get(channel, 0),
                offers=agent.offers_now.get(channel, 0),
            )
            for channel in sorted({*agent.contacts, *agent.offers_now})
        ],
        handled=count,
        aht_seconds=agent.handled.mean_seconds(),
        aht_attention_seconds=agent.attention_ms / count / 1000 if count else 0.0,
        occupancy=agent.occupancy,
        load_occupancy=agent.load_occupancy,
        offers=agent.offers,
    )
    message.since.FromMilliseconds(agent.since_ms)
    return message


def _counts(decision: routing_events_pb2.Decision) -> bool:
    """An outcome of a newer version is not counted; a roster change may be no removal."""
    if decision.HasField("offer_ended"):
        return decision.offer_ended.outcome in OUTCOMES
    if decision.HasField("wait_estimated"):
        low, high = decision.wait_estimated.low_seconds, decision.wait_estimated.high_seconds
        return 0 <= low <= high < math.inf
    return not decision.HasField("roster_changed") or decision.roster_changed.is_removed


def _seen(agent: Any) -> steps.AgentSeen:
    contacts: dict[str, int] = {}
    offers: dict[str, int] = {}
    for held, counts in ((agent.contacts, contacts), (agent.offers, offers)):
        for one in held:
            channel = _channel(one.channel)
            counts[channel] = counts.get(channel, 0) + 1
    state = steps.ROUTABLE if agent.is_routable else agent.not_routable_because or "unknown"
    presence = _word(common_pb2.Presence, "PRESENCE_", agent.presence)
    return steps.AgentSeen(agent.agent_id, agent.team, presence, state, contacts, offers)


_DECISIONS: dict[str, Callable[[Any], steps.Decision]] = {
    "contact_opened": lambda d: steps.ContactOpened(d.contact_id, _channel(d.channel)),
    "visit_opened": lambda d: steps.VisitOpened(
        d.visit_id, d.contact_id, d.queue, _channel(d.channel)
    ),
    "visit_ended": lambda d: steps.VisitEnded(
        d.visit_id, _word(routing_events_pb2.VisitExit, "VISIT_EXIT_", d.exit)
    ),
    "wait_estimated": lambda d: steps.WaitEstimated(
        d.visit_id, round(d.low_seconds * 1000), round(d.high_seconds * 1000)
    ),
    "offer_made": lambda d: steps.OfferMade(d.agent_id, d.offer_id, d.visit_id),
    "offer_ended": lambda d: steps.OfferEnded(d.agent_id, OUTCOMES[d.outcome], d.offer_id),
    "contact_connected": lambda d: steps.ContactConnected(
        d.contact_id, d.agent_id, d.queue, _channel(d.channel)
    ),
    "contact_ended": lambda d: steps.ContactEnded(
        d.contact_id, _word(routing_events_pb2.ContactCause, "CONTACT_CAUSE_", d.cause)
    ),
    "agent_session_started": lambda d: _seen(d.agent),
    "agent_state_changed": lambda d: _seen(d.agent),
    "roster_changed": lambda d: steps.AgentRemoved(d.agent_id),
}


def _parsed(kind: type[M], record: Record) -> M:
    if not record.value:
        raise InvalidMessage("the record has no value")
    try:
        return kind.FromString(record.value)
    except DecodeError:
        raise InvalidMessage(f"bytes that are no {kind.__name__}") from None


def _word(enum: Any, prefix: str, value: int) -> str:
    """VISIT_EXIT_ANSWERED as "answered"; what is unspecified, or of a newer version, "unknown"."""
    found = enum.DESCRIPTOR.values_by_number.get(value)
    return found.name.removeprefix(prefix).lower() if found is not None and value else "unknown"


def _channel(value: int) -> str:
    return _word(common_pb2.Channel, "CHANNEL_", value)


def _channel_value(word: str) -> Any:
    """An empty word: all channels together."""
    name = f"CHANNEL_{word.upper()}"
    return common_pb2.Channel.Value(name) if name in _CHANNELS else 0
