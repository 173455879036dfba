"""What is wrong with what a policy says of channels: slots, interrupts, precedence."""

from collections.abc import Iterator

from router.domain.naming import MOST_PRIORITY, name_errors, within
from router.domain.policy import ChannelCapacity, Interrupt, Policy
from router.domain.steering_decisions import PolicyError
from router.domain.words import CALLS, Channel

MOST_SLOTS = 100


def channel_errors(policy: Policy) -> Iterator[PolicyError]:
    """Yield what is wrong with capacities, interrupts and the precedence of channels."""
    yield from capacity_errors("capacities", policy.capacities)
    teams = [entry.team for entry in policy.team_capacities]
    yield from name_errors("team_capacities", "team", teams, at=".team")
    for index, entry in enumerate(policy.team_capacities):
        yield from capacity_errors(f"team_capacities[{index}].capacities", entry.capacities)
    yield from _interrupt_errors(policy.interrupts)
    seen: set[Channel] = set()
    for index, precedence in enumerate(policy.channel_priorities):
        where = f"channel_priorities[{index}]"
        yield from _twice(f"{where}.channel", precedence.channel, seen)
        yield from within(f"{where}.priority", precedence.priority, -MOST_PRIORITY, MOST_PRIORITY)


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


def _interrupt_errors(interrupts: tuple[Interrupt, ...]) -> Iterator[PolicyError]:
    seen: set[Channel] = set()
    for index, interrupt in enumerate(interrupts):
        where = f"interrupts[{index}]"
        yield from _twice(f"{where}.channel", interrupt.channel, seen)
        into: set[Channel] = set()
        for number, other in enumerate(interrupt.breaks_into):
            at = f"{where}.breaks_into[{number}]"
            yield from _twice(at, other, into)
            if other is interrupt.channel:
                yield PolicyError(at, f"{str(other)!r} cannot break into itself")
            elif {other, interrupt.channel} <= CALLS:
                message = "voice and video exclude each other: neither breaks into the other"
                yield PolicyError(at, message)


def _twice(path: str, channel: Channel, seen: set[Channel]) -> Iterator[PolicyError]:
    if channel in seen:
        yield PolicyError(path, f"channel {str(channel)!r} is there already")
    seen.add(channel)
