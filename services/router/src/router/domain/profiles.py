"""Agents who are alike share one list of what may be offered to them."""

from collections.abc import Callable, Hashable, Iterable

from router.domain.agent import Agent
from router.domain.bucket import Bucket
from router.domain.offered import Offered
from router.domain.roster import Agents, numbers
from router.domain.words import Channel


class Profile:
    """The agents of one profile; their lists are made when one of them wants them first."""

    __slots__ = ("first", "key", "lists", "numbers")

    def __init__(self, key: Hashable, first: Agent) -> None:
        self.key = key
        self.numbers = {first.number: None}
        self.first = first
        """Stands for all of them."""
        self.lists: dict[Channel, Offered] | None = None

    def add(self, bucket: Bucket) -> None:
        """The bucket fits the agents."""
        assert self.lists is not None
        channel = bucket.key.channel
        wish = self.first.wish(bucket.key.queue, channel)
        kind = self.first.kind_of[channel]
        if kind not in self.lists:
            self.lists[kind] = Offered()
        self.lists[kind].add(bucket, *wish)


class Profiles:
    """The profile of each agent; `buckets` returns all that are open."""

    def __init__(self, buckets: Callable[[], Iterable[Bucket]]) -> None:
        self._buckets = buckets
        self._by_key: dict[Hashable, Profile] = {}
        self._of_agent: dict[str, Profile] = {}
        self._listed: Agents = 0
        """The first agents of profiles that have lists."""
        self._by_first: dict[int, Profile] = {}

    def join(self, agent: Agent) -> None:
        """The agent is one of the roster from now on."""
        defined = agent.defined
        skills, kinds = frozenset(agent.skills.items()), tuple(agent.kind_of.items())
        key = (skills, defined.queues, defined.preferences, kinds)
        profile = self._by_key.get(key)
        if profile is None:
            profile = self._by_key[key] = Profile(key, agent)
        profile.numbers[agent.number] = None
        self._of_agent[agent.agent_id] = profile

    def leave(self, agent: Agent, agent_of: Callable[[int], Agent]) -> None:
        """The agent is out; called before the number is given away."""
        profile = self._of_agent.pop(agent.agent_id)
        del profile.numbers[agent.number]
        if self._by_first.pop(agent.number, None) is not None:
            self._listed ^= 1 << agent.number
        if not profile.numbers:
            del self._by_key[profile.key]
        elif profile.first is agent:
            profile.first = agent_of(next(iter(profile.numbers)))
            self._list(profile)

    def lists_of(self, agent: Agent) -> dict[Channel, Offered]:
        """Return what may be offered to the agent, by the kinds of which there is something."""
        profile = self._of_agent[agent.agent_id]
        if profile.lists is None:
            profile.lists = {}
            bit = 1 << agent.number
            for bucket in self._buckets():
                if bucket.fits & bit:
                    profile.add(bucket)
            self._list(profile)
        return profile.lists

    def open(self, bucket: Bucket) -> None:
        """A new bucket may be offered to whom it fits."""
        for number in numbers(bucket.fits & self._listed):
            self._by_first[number].add(bucket)

    def _list(self, profile: Profile) -> None:
        if profile.lists is not None:
            self._by_first[profile.first.number] = profile
            self._listed |= 1 << profile.first.number
