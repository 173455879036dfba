"""The policy, both ways."""

from dataclasses import fields

from contact_center.v1 import policy_pb2
from router.adapters.codec.names import CHANNEL_OF, BadField, word
from router.adapters.codec.queues import queue_from, queue_to
from router.adapters.codec.roster import capacities_from, capacities_to, channel_to
from router.adapters.codec.schedules import schedule_from, schedule_to
from router.domain.patience import Callbacks, Returning, Timers
from router.domain.policy import (
    AttributeDeclaration,
    ChannelPriority,
    EntryPoint,
    Interrupt,
    Policy,
    TeamCapacity,
)

MAX_BYTES = 512_000
DEFAULT_TIMERS = Timers()
DEFAULT_CALLBACKS = Callbacks()


def policy_from(message: policy_pb2.Policy) -> Policy:
    """Return the rules; a timer or target that is left out has its default."""
    if message.ByteSize() > MAX_BYTES:
        raise BadField(f"the policy has more than {MAX_BYTES} bytes")
    return Policy(
        version=message.version,
        skills=tuple(skill.name for skill in message.skills),
        queues=tuple(queue_from(q, f"queues[{i}]") for i, q in enumerate(message.queues)),
        entry_points=tuple(
            _entry_point_from(p, f"entry_points[{i}]") for i, p in enumerate(message.entry_points)
        ),
        capacities=capacities_from(message.capacities),
        attributes=tuple(
            AttributeDeclaration(name=a.name, enum_values=tuple(a.enum_values))
            for a in message.attributes
        ),
        dispositions=tuple(message.dispositions),
        break_reasons=tuple(message.break_reasons),
        timers=_timers_from(message.timers),
        is_miss_not_responding=message.is_miss_not_responding,
        languages=tuple(message.languages),
        brands=tuple(message.brands),
        schedules=tuple(schedule_from(schedule) for schedule in message.schedules),
        interrupts=_interrupts_from(message),
        team_capacities=tuple(
            TeamCapacity(team=team.team, capacities=capacities_from(team.capacities))
            for team in message.team_capacities
        ),
        channel_priorities=_channel_priorities_from(message),
        callbacks=_callbacks_from(message.callbacks),
        returning=Returning(
            preferred_seconds=message.returning.preferred_seconds,
            keeps_place_seconds=message.returning.keeps_place_seconds,
        ),
        wait_coverage=message.wait_coverage,
    )


def policy_to(policy: Policy) -> policy_pb2.Policy:
    """Return the rules."""
    return policy_pb2.Policy(
        version=policy.version,
        skills=[policy_pb2.Skill(name=name) for name in policy.skills],
        queues=[queue_to(queue) for queue in policy.queues],
        entry_points=[_entry_point_to(point) for point in policy.entry_points],
        capacities=capacities_to(policy.capacities),
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
        languages=policy.languages,
        brands=policy.brands,
        schedules=[schedule_to(schedule) for schedule in policy.schedules],
        interrupts=[_interrupt_to(interrupt) for interrupt in policy.interrupts],
        team_capacities=[
            policy_pb2.TeamCapacity(team=team.team, capacities=capacities_to(team.capacities))
            for team in policy.team_capacities
        ],
        channel_priorities=[
            policy_pb2.ChannelPriority(channel=channel_to(p.channel), priority=p.priority)
            for p in policy.channel_priorities
        ],
        callbacks=policy_pb2.Callbacks(
            attempts=policy.callbacks.attempts,
            gap_seconds=policy.callbacks.gap_seconds,
            is_for_lost_calls=policy.callbacks.is_for_lost_calls,
        ),
        returning=policy_pb2.Returning(
            preferred_seconds=policy.returning.preferred_seconds,
            keeps_place_seconds=policy.returning.keeps_place_seconds,
        ),
        wait_coverage=policy.wait_coverage,
    )


def _entry_point_from(message: policy_pb2.EntryPoint, where: str) -> EntryPoint:
    return EntryPoint(
        name=message.name,
        channel=word(CHANNEL_OF, message.channel, f"{where}.channel"),
        address=message.address,
        flow=message.flow,
    )


def _entry_point_to(point: EntryPoint) -> policy_pb2.EntryPoint:
    return policy_pb2.EntryPoint(
        name=point.name, channel=channel_to(point.channel), address=point.address, flow=point.flow
    )


def _interrupts_from(message: policy_pb2.Policy) -> tuple[Interrupt, ...]:
    return tuple(
        Interrupt(
            channel=word(CHANNEL_OF, entry.channel, f"interrupts[{index}].channel"),
            breaks_into=tuple(
                word(CHANNEL_OF, number, f"interrupts[{index}].breaks_into")
                for number in entry.breaks_into
            ),
        )
        for index, entry in enumerate(message.interrupts)
    )


def _interrupt_to(interrupt: Interrupt) -> policy_pb2.Interrupt:
    return policy_pb2.Interrupt(
        channel=channel_to(interrupt.channel),
        breaks_into=[channel_to(channel) for channel in interrupt.breaks_into],
    )


def _channel_priorities_from(message: policy_pb2.Policy) -> tuple[ChannelPriority, ...]:
    return tuple(
        ChannelPriority(
            channel=word(CHANNEL_OF, entry.channel, f"channel_priorities[{index}].channel"),
            priority=entry.priority,
        )
        for index, entry in enumerate(message.channel_priorities)
    )


def _callbacks_from(message: policy_pb2.Callbacks) -> Callbacks:
    return Callbacks(
        attempts=message.attempts or DEFAULT_CALLBACKS.attempts,
        gap_seconds=message.gap_seconds or DEFAULT_CALLBACKS.gap_seconds,
        is_for_lost_calls=message.is_for_lost_calls,
    )


def _timers_from(message: policy_pb2.Timers) -> Timers:
    return Timers(
        **{
            field.name: getattr(message, field.name) or getattr(DEFAULT_TIMERS, field.name)
            for field in fields(Timers)
        }
    )
