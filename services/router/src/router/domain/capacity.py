"""How many contacts of each channel an agent holds at once."""

from collections.abc import Iterable
from dataclasses import dataclass

from router.domain.policy import ChannelCapacity
from router.domain.words import CALLS, Channel

DEFAULT = (
    ChannelCapacity(channels=(Channel.VOICE, Channel.VIDEO), slots=1),
    ChannelCapacity(
        channels=(Channel.CHAT, Channel.IN_APP, Channel.SMS, Channel.MESSENGER), slots=4
    ),
    ChannelCapacity(channels=(Channel.EMAIL,), slots=1),
    ChannelCapacity(channels=(Channel.MAIL, Channel.FAX, Channel.TASK), slots=1),
)


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


@dataclass(slots=True)
class Slots:
    """What an agent holds now, offers counted, against what the agent may hold."""

    groups: tuple[ChannelCapacity, ...]
    group_of: dict[Channel, int]
    used: list[int]
    calls: int = 0

    @classmethod
    def of(cls, groups: tuple[ChannelCapacity, ...]) -> "Slots":
        """Return empty slots."""
        group_of = {c: index for index, group in enumerate(groups) for c in group.channels}
        return cls(groups=groups, group_of=group_of, used=[0] * len(groups))

    def limit(self, channel: Channel) -> int:
        """Return the slots of the channel's group; 0 when it is served not at all."""
        index = self.group_of.get(channel)
        return 0 if index is None else self.groups[index].slots

    def has_room(self, channel: Channel) -> bool:
        """Tell whether one more fits. Voice and video exclude each other, and themselves."""
        index = self.group_of.get(channel)
        if index is None or self.used[index] >= self.groups[index].slots:
            return False
        return not (self.calls and channel in CALLS)

    def take(self, channel: Channel) -> None:
        """Count one more."""
        self._add(channel, 1)

    def give_back(self, channel: Channel) -> None:
        """Count one less."""
        self._add(channel, -1)

    def is_over(self, channel: Channel) -> bool:
        """Tell whether more is held than the group allows."""
        index = self.group_of.get(channel)
        return index is None or self.used[index] > self.groups[index].slots

    def _add(self, channel: Channel, count: int) -> None:
        index = self.group_of.get(channel)
        if index is not None:
            self.used[index] += count
        if channel in CALLS:
            self.calls += count
