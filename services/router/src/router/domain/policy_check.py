"""What is wrong with a policy: where, and what would be right."""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from itertools import islice

from router.domain.naming import MOST_ERRORS, name_errors, unknown
from router.domain.policy import ChannelCapacity, Policy, Timers
from router.domain.steering_decisions import PolicyError
from router.domain.values import Needs
from router.domain.words import CALLS, Channel

LEVELS = range(1, 6)
MOST_SLOTS = 100
SHORTEST_TIMER, LONGEST_TIMER = 0.1, 30 * 86_400.0
SHORTEST_SILENCE = 3.0
"""A desk is heard of every 2 s."""


def policy_errors(policy: Policy) -> list[PolicyError]:
    """Return what is wrong with the policy by itself, the first of it; empty when it is right."""
    return list(islice(_all(policy), MOST_ERRORS))


def _all(policy: Policy) -> Iterator[PolicyError]:
    yield from name_errors("skills", "skill", list(policy.skills))
    yield from name_errors("queues", "queue", [queue.name for queue in policy.queues])
    yield from _queue_errors(policy)
    yield from name_errors("entry_points", "entry point", [p.name for p in policy.entry_points])
    yield from _entry_point_errors(policy)
    yield from capacity_errors("capacities", policy.capacities)
    yield from name_errors("attributes", "attribute", [a.name for a in policy.attributes])
    yield from name_errors("dispositions", "disposition", list(policy.dispositions), at="")
    yield from name_errors("break_reasons", "break reason", list(policy.break_reasons), at="")
    yield from _timer_errors(policy.timers)


def need_errors(path: str, what: str, needs: Needs, known: Iterable[str]) -> Iterator[PolicyError]:
    """Yield what is wrong with a list of skills and levels."""
    skills = set(known)
    seen: set[str] = set()
    for index, need in enumerate(needs):
        where = f"{path}[{index}]"
        if need.skill not in skills:
            yield PolicyError(f"{where}.skill", unknown(what, "skill", need.skill, skills))
        if need.skill in seen:
            yield PolicyError(f"{where}.skill", f"skill {need.skill!r} is there already")
        if need.level not in LEVELS:
            message = f"level {need.level} of skill {need.skill!r} is not from 1 to 5"
            yield PolicyError(f"{where}.level", message)
        seen.add(need.skill)


def capacity_errors(path: str, groups: tuple[ChannelCapacity, ...]) -> Iterator[PolicyError]:
    """Yield what is wrong with slot counts."""
    seen: dict[Channel, int] = {}
    for index, group in enumerate(groups):
        where = f"{path}[{index}]"
        if not group.channels:
            yield PolicyError(f"{where}.channels", "name at least one channel")
        for channel in group.channels:
            if channel in seen:
                message = f"channel {str(channel)!r} is there already, at {path}[{seen[channel]}]"
                yield PolicyError(f"{where}.channels", message)
            seen.setdefault(channel, index)
        most = 1 if CALLS & set(group.channels) else MOST_SLOTS
        if not 0 <= group.slots <= most:
            message = f"{group.slots} slots; with these channels 0 to {most} are possible"
            yield PolicyError(f"{where}.slots", message)


def _queue_errors(policy: Policy) -> Iterator[PolicyError]:
    for index, queue in enumerate(policy.queues):
        where = f"queues[{index}]"
        what = f"queue {queue.name!r} requires"
        yield from need_errors(f"{where}.requirements", what, queue.requirements, policy.skills)
        if not queue.target_seconds > 0:
            message = f"target_seconds {queue.target_seconds:g} is not above 0"
            yield PolicyError(f"{where}.target_seconds", message)
        if not 0 < queue.target_share <= 1:
            message = f"target_share {queue.target_share:g} is not a share such as 0.8"
            yield PolicyError(f"{where}.target_share", message)
        if not queue.short_abandon_seconds >= 0:
            message = f"short_abandon_seconds {queue.short_abandon_seconds:g} is below 0"
            yield PolicyError(f"{where}.short_abandon_seconds", message)


def _entry_point_errors(policy: Policy) -> Iterator[PolicyError]:
    reached: dict[tuple[Channel, str], str] = {}
    for index, point in enumerate(policy.entry_points):
        where = f"entry_points[{index}]"
        if point.channel is not Channel.TASK:
            if not point.flow:
                message = f"entry point {point.name!r} names no flow; only task may do without"
                yield PolicyError(f"{where}.flow", message)
            if not point.address:
                message = f"entry point {point.name!r} has no address that customers reach"
                yield PolicyError(f"{where}.address", message)
        place = (point.channel, point.address.lower())
        if point.address and place in reached:
            message = f"address {point.address!r} belongs to entry point {reached[place]!r} already"
            yield PolicyError(f"{where}.address", message)
        reached.setdefault(place, point.name)


def _timer_errors(timers: Timers) -> Iterator[PolicyError]:
    for name in (field.name for field in fields(timers)):
        seconds = getattr(timers, name)
        shortest = SHORTEST_SILENCE if name == "desk_silence_seconds" else SHORTEST_TIMER
        if not shortest <= seconds <= LONGEST_TIMER:
            message = f"{name} {seconds:g} is not from {shortest:g} to {LONGEST_TIMER:g}"
            yield PolicyError(f"timers.{name}", message)
