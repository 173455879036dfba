"""What a policy promises: the targets of its queues and the slots of its agents."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field

# Where a policy says nothing: one call, four chats, one mail, one task.
CHAT_LIKE = ("chat", "in_app", "sms", "messenger")
DEFAULT_SLOTS = dict.fromkeys(CHAT_LIKE, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Of one queue: T, the promised share, and s."""

    target_seconds: float = 0.0
    target_share: float = 0.0
    short_abandon_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyTargets:
    """Of one version of a policy."""

    version: int
    queues: Mapping[str, Target] = field(default_factory=dict)
    slots: Mapping[str, int] = field(default_factory=dict)

    def slots_of(self, channel: str) -> int:
        """How many contacts of the channel an agent holds at once; at least 1."""
        return max(1, self.slots.get(channel, DEFAULT_SLOTS.get(channel, 1)))


class TargetBook:
    """All versions of one workspace that are known."""

    def __init__(self) -> None:
        self._by_version: dict[int, PolicyTargets] = {}
        self._versions: list[int] = []

    def add(self, targets: PolicyTargets) -> bool:
        """Remember the version; False when it was known."""
        if targets.version in self._by_version:
            return False
        self._by_version[targets.version] = targets
        self._versions = sorted(self._by_version)
        return True

    def of_version(self, version: int) -> PolicyTargets:
        """The version; a forgotten one is judged by the next later one, else by the last before."""
        if not self._versions:
            return PolicyTargets(version=version)
        at = min(bisect_left(self._versions, version), len(self._versions) - 1)
        return self._by_version[self._versions[at]]

    def __len__(self) -> int:
        return len(self._versions)
