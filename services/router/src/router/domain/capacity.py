"""How many contacts of each channel an agent holds at once, and which break into which."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from router.domain.policy import ChannelCapacity, Interrupt
from router.domain.words import CALLS, Channel

DEFAULT = (
    ChannelCapacity(channels=(Channel.VOICE, Channel.VIDEO), slots=1),
    ChannelCapacity(
        channels=(Channel.CHAT, Channel.IN_APP, Channel.SMS, Channel.MESSENGER), slots=4
    ),
    ChannelCapacity(channels=(Channel.EMAIL,), slots=1),
    ChannelCapacity(channels=(Channel.MAIL, Channel.FAX, Channel.TASK), slots=1),
)
Breakers = dict[Channel, frozenset[Channel]]
"""For a channel, those that break into it."""


def effective(*layers: Iterable[ChannelCapacity]) -> tuple[ChannelCapacity, ...]:
    """Return the groups that count: what an earlier layer says of a channel hides the later."""
    said: set[Channel] = set()
    groups: list[ChannelCapacity] = []
    for layer in layers:
        here: set[Channel] = set()
        for group in layer:
            left = tuple(c for c in group.channels if c not in said)
            here.update(group.channels)
            if left:
                groups.append(ChannelCapacity(channels=left, slots=group.slots))
        said |= here
    return tuple(groups)


def breakers_of(matrix: Iterable[Interrupt]) -> Breakers:
    """Return the interrupt matrix by the channel that is broken into."""
    found: dict[Channel, set[Channel]] = {}
    for interrupt in matrix:
        for channel in interrupt.breaks_into:
            found.setdefault(channel, set()).add(interrupt.channel)
    return {channel: frozenset(breakers) for channel, breakers in found.items()}


class Room(NamedTuple):
    """What decides whether one more of a kind of contact fits."""

    kind: Channel
    group: int
    limit: int
    is_call: bool
    breakers: frozenset[Channel]


@dataclass(slots=True)
class Slots:
    """What an agent holds now, offers counted, against what the agent may hold."""

    groups: tuple[ChannelCapacity, ...]
    group_of: dict[Channel, int]
    used: list[int]
    breakers: Breakers
    held: dict[Channel, int] = field(default_factory=dict)
    """By channel, offers not counted: what is offered breaks into nothing yet."""
    calls: int = 0
    total: int = 0
    is_changed: bool = True
    """Since the agent was looked at last."""
    is_eased: bool = True
    """Since then something was let go."""

    @classmethod
    def of(cls, groups: tuple[ChannelCapacity, ...], breakers: Breakers) -> "Slots":
        """Return empty slots."""
        group_of = {c: index for index, group in enumerate(groups) for c in group.channels}
        total = max(1, sum(group.slots for group in groups))
        return cls(groups, group_of, [0] * len(groups), breakers, total=total)

    def limit(self, channel: Channel) -> int:
        """Return the slots of the channel's group; every channel is in one."""
        return self.groups[self.group_of[channel]].slots

    def room(self, channel: Channel) -> Room:
        """Return it for a channel that is served."""
        index = self.group_of[channel]
        breakers = self.breakers.get(channel, frozenset())
        return Room(channel, index, self.groups[index].slots, channel in CALLS, breakers)

    def has_room(self, channel: Channel, over: int = 0) -> bool:
        """Tell whether one more fits, so far above capacity. Calls exclude each other always."""
        if self.calls and channel in CALLS:
            return False
        index = self.group_of[channel]
        return self.used[index] < self.groups[index].slots + over

    def is_interrupted(self, channel: Channel) -> bool:
        """Tell whether a contact is in hand that breaks into this channel."""
        breakers = self.breakers.get(channel)
        return bool(breakers) and any(self.held.get(breaker) for breaker in breakers or ())

    def standing(self, rooms: Iterable[Room]) -> dict[Channel, str]:
        """Say for each kind why no contact of it comes, or nothing."""
        used, calls, held = self.used, self.calls, self.held
        found = {}
        for kind, group, limit, is_call, breakers in rooms:
            if breakers and any(map(held.get, breakers)):
                found[kind] = "interrupted"
            else:
                has_room = used[group] < limit and not (calls and is_call)
                found[kind] = "" if has_room else "full"
        return found

    def load(self) -> int:
        """Return the share of all slots that is taken, in thousandths."""
        return sum(self.used) * 1000 // self.total

    def take(self, channel: Channel) -> None:
        """Count one more, offered or in hand."""
        self._add(channel, 1)

    def give_back(self, channel: Channel) -> None:
        """Count one less."""
        self._add(channel, -1)

    def hold(self, channel: Channel, count: int) -> None:
        """Count what is in hand: one more, or one less."""
        self.held[channel] = self.held.get(channel, 0) + count
        if self.breakers:
            self._note(count)

    def is_over(self, channel: Channel) -> bool:
        """Tell whether more is held than the group allows."""
        index = self.group_of[channel]
        return self.used[index] > self.groups[index].slots

    def _add(self, channel: Channel, count: int) -> None:
        self.used[self.group_of[channel]] += count
        if channel in CALLS:
            self.calls += count
        self._note(count)

    def _note(self, count: int) -> None:
        self.is_changed = True
        self.is_eased = self.is_eased or count < 0
