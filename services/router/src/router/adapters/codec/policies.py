"""Policy and roster, both ways."""

from collections.abc import Iterable
from dataclasses import fields

from contact_center.v1 import common_pb2, policy_pb2
from router.adapters.codec.names import CHANNEL_OF, CHANNELS, BadField, word
from router.adapters.codec.values import requirements_from, requirements_to
from router.domain.policy import (
    AttributeDeclaration,
    ChannelCapacity,
    EntryPoint,
    Policy,
    Queue,
    RosterAgent,
    Timers,
)
from router.domain.words import Channel

MAX_BYTES = 512_000
MAX_AGENT_BYTES = 4_096
DEFAULT_TIMERS = Timers()
DEFAULT_QUEUE = Queue(name="")


def policy_from(message: policy_pb2.Policy) -> Policy:
    """Return the rules; a timer or target that is left out has its default."""
    if message.ByteSize() > MAX_BYTES:
        raise BadField(f"the policy has more than {MAX_BYTES} bytes")
    return Policy(
        version=message.version,
        skills=tuple(skill.name for skill in message.skills),
        queues=tuple(_queue_from(queue) for queue in message.queues),
        entry_points=tuple(
            EntryPoint(
                name=point.name,
                channel=word(CHANNEL_OF, point.channel, f"entry_points[{index}].channel"),
                address=point.address,
                flow=point.flow,
            )
            for index, point in enumerate(message.entry_points)
        ),
        capacities=_capacities_from(message.capacities),
        attributes=tuple(
            AttributeDeclaration(name=a.name, enum_values=tuple(a.enum_values))
            for a in message.attributes
        ),
        dispositions=tuple(message.dispositions),
        break_reasons=tuple(message.break_reasons),
        timers=_timers_from(message.timers),
        is_miss_not_responding=message.is_miss_not_responding,
    )


def policy_to(policy: Policy) -> policy_pb2.Policy:
    """Return the rules."""
    return policy_pb2.Policy(
        version=policy.version,
        skills=[policy_pb2.Skill(name=name) for name in policy.skills],
        queues=[_queue_to(queue) for queue in policy.queues],
        entry_points=[
            policy_pb2.EntryPoint(
                name=point.name,
                channel=_channel(point.channel),
                address=point.address,
                flow=point.flow,
            )
            for point in policy.entry_points
        ],
        capacities=[_capacity_to(group) for group in policy.capacities],
        attributes=[
            policy_pb2.AttributeDeclaration(name=a.name, enum_values=a.enum_values)
            for a in policy.attributes
        ],
        dispositions=policy.dispositions,
        break_reasons=policy.break_reasons,
        timers=policy_pb2.Timers(
            **{field.name: getattr(policy.timers, field.name) for field in fields(Timers)}
        ),
        is_miss_not_responding=policy.is_miss_not_responding,
    )


def roster_agent_from(message: policy_pb2.RosterAgent) -> RosterAgent:
    """Return who works here."""
    if message.ByteSize() > MAX_AGENT_BYTES:
        raise BadField(f"the agent has more than {MAX_AGENT_BYTES} bytes")
    return RosterAgent(
        agent_id=message.agent_id,
        team=message.team,
        skills=requirements_from(message.skills),
        queues=tuple(message.queues),
        capacities=_capacities_from(message.capacities),
        voice_address=message.voice_address,
    )


def roster_agent_to(agent: RosterAgent) -> policy_pb2.RosterAgent:
    """Return who works here."""
    return policy_pb2.RosterAgent(
        agent_id=agent.agent_id,
        team=agent.team,
        skills=requirements_to(agent.skills),
        queues=agent.queues,
        capacities=[_capacity_to(group) for group in agent.capacities],
        voice_address=agent.voice_address,
    )


def _queue_from(message: policy_pb2.Queue) -> Queue:
    return Queue(
        name=message.name,
        requirements=requirements_from(message.requirements),
        target_seconds=message.target_seconds or DEFAULT_QUEUE.target_seconds,
        target_share=message.target_share or DEFAULT_QUEUE.target_share,
        short_abandon_seconds=message.short_abandon_seconds,
    )


def _queue_to(queue: Queue) -> policy_pb2.Queue:
    return policy_pb2.Queue(
        name=queue.name,
        requirements=requirements_to(queue.requirements),
        target_seconds=queue.target_seconds,
        target_share=queue.target_share,
        short_abandon_seconds=queue.short_abandon_seconds,
    )


def _capacities_from(
    messages: Iterable[policy_pb2.ChannelCapacity],
) -> tuple[ChannelCapacity, ...]:
    return tuple(
        ChannelCapacity(
            channels=tuple(word(CHANNEL_OF, number, "channel") for number in message.channels),
            slots=message.slots,
        )
        for message in messages
    )


def _capacity_to(group: ChannelCapacity) -> policy_pb2.ChannelCapacity:
    channels = [_channel(channel) for channel in group.channels]
    return policy_pb2.ChannelCapacity(channels=channels, slots=group.slots)


def _timers_from(message: policy_pb2.Timers) -> Timers:
    return Timers(
        **{
            field.name: getattr(message, field.name) or getattr(DEFAULT_TIMERS, field.name)
            for field in fields(Timers)
        }
    )


def _channel(channel: Channel) -> common_pb2.Channel.ValueType:
    return common_pb2.Channel.ValueType(CHANNELS[channel])
