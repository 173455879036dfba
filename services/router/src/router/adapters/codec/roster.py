"""Who works here, both ways; an agent's languages are among the skills in the domain."""

from collections.abc import Iterable

from contact_center.v1 import common_pb2, policy_pb2
from router.adapters.codec.names import CHANNEL_OF, CHANNELS, BadField, word
from router.adapters.codec.needs import requirements_from, requirements_to
from router.domain.abilities import LANGUAGE, in_order, prefixed, unprefixed
from router.domain.policy import ChannelCapacity, QueuePreference, RosterAgent
from router.domain.words import Channel

MAX_AGENT_BYTES = 8_192


def roster_agent_from(message: policy_pb2.RosterAgent) -> RosterAgent:
    """Return who works here."""
    if message.ByteSize() > MAX_AGENT_BYTES:
        raise BadField(f"the agent has more than {MAX_AGENT_BYTES} bytes")
    languages = prefixed(LANGUAGE, requirements_from(message.languages))
    return RosterAgent(
        agent_id=message.agent_id,
        team=message.team,
        skills=in_order(requirements_from(message.skills) + languages),
        queues=tuple(message.queues),
        capacities=capacities_from(message.capacities),
        voice_address=message.voice_address,
        brands=tuple(message.brands),
        preferences=tuple(
            _preference_from(preference, f"preferences[{index}].channel")
            for index, preference in enumerate(message.preferences)
        ),
    )


def roster_agent_to(agent: RosterAgent) -> policy_pb2.RosterAgent:
    """Return who works here."""
    languages = tuple(r for r in agent.skills if r.skill.startswith(LANGUAGE))
    return policy_pb2.RosterAgent(
        agent_id=agent.agent_id,
        team=agent.team,
        skills=requirements_to(tuple(r for r in agent.skills if r not in languages)),
        queues=agent.queues,
        capacities=capacities_to(agent.capacities),
        voice_address=agent.voice_address,
        languages=requirements_to(unprefixed(LANGUAGE, languages)),
        brands=agent.brands,
        preferences=[_preference_to(preference) for preference in agent.preferences],
    )


def capacities_from(messages: Iterable[policy_pb2.ChannelCapacity]) -> tuple[ChannelCapacity, ...]:
    """Return groups of channels that share slots."""
    return tuple(
        ChannelCapacity(
            channels=tuple(word(CHANNEL_OF, number, "channel") for number in message.channels),
            slots=message.slots,
        )
        for message in messages
    )


def capacities_to(groups: Iterable[ChannelCapacity]) -> list[policy_pb2.ChannelCapacity]:
    """Return groups of channels that share slots."""
    return [
        policy_pb2.ChannelCapacity(
            channels=[channel_to(channel) for channel in group.channels], slots=group.slots
        )
        for group in groups
    ]


def channel_to(channel: Channel) -> common_pb2.Channel.ValueType:
    """Return the channel's number."""
    return common_pb2.Channel.ValueType(CHANNELS[channel])


def _preference_from(message: policy_pb2.QueuePreference, field: str) -> QueuePreference:
    return QueuePreference(
        queue=message.queue,
        channel=word(CHANNEL_OF, message.channel, field) if message.channel else None,
        priority=message.priority or 1,
        delay_seconds=message.delay_seconds,
    )


def _preference_to(preference: QueuePreference) -> policy_pb2.QueuePreference:
    channel = preference.channel
    return policy_pb2.QueuePreference(
        queue=preference.queue,
        channel=common_pb2.CHANNEL_UNSPECIFIED if channel is None else channel_to(channel),
        priority=preference.priority,
        delay_seconds=preference.delay_seconds,
    )
