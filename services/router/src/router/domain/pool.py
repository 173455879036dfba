"""The free agents in the order in which they are chosen."""

from bisect import bisect_right
from collections.abc import Callable
from typing import Any, NamedTuple

from router.domain.agent import FREE, Agent
from router.domain.queues import AgentOrder
from router.domain.roster import Agents, numbers
from router.domain.words import Channel

CHUNK = 128
Key = tuple[Any, ...]
"""What is compared, ending with the agent's id; lower is chosen first."""


class Fit(NamedTuple):
    """An agent who may get what waits in a bucket, and how."""

    agent: Agent
    ring: int
    score: int
    """The sum of the levels that are needed."""
    delay: int = 0


def agent_key(fit: Fit, order: AgentOrder) -> Key:
    """Return where the agent stands now by the queue's rule."""
    agent = fit.agent
    if order is AgentOrder.LONGEST_IDLE:
        return (agent.idle_since, agent.agent_id)
    if order is AgentOrder.BEST_SKILL:
        return (-fit.score, agent.idle_since, agent.agent_id)
    if order is AgentOrder.LEAST_LOADED:
        return (agent.slots.load(), agent.idle_since, agent.agent_id)
    return (agent.turn, agent.agent_id)


AgentKey = Callable[[Fit, AgentOrder], Key]


class Pool:
    """Everybody who is free for a channel, by one rule; skills, which differ by bucket, apart.

    They stand in chunks, each a set: those who are not asked for are passed by many at once.
    """

    def __init__(self, channel: Channel, order: AgentOrder, key_of: AgentKey) -> None:
        self._channel = channel
        self._order = order
        self._key_of = key_of
        self._keys: dict[int, Key] = {}
        self._floors: list[Key] = [()]
        """The keys of a chunk are not below its own and below that of the next."""
        self._chunks: list[Agents] = [0]

    def place(self, agent: Agent) -> None:
        """The agent is free, or not, or stands elsewhere now."""
        number, before = agent.number, self._keys.get(agent.number)
        kind = agent.kind_of.get(self._channel)
        if kind is None or agent.status[kind] != FREE:
            if before is not None:
                self.forget(number)
            return
        key = self._key_of(Fit(agent, 0, 0), self._order)
        if key == before:
            return
        if before is not None:
            self.forget(number)
        self._keys[number] = key
        index = bisect_right(self._floors, key) - 1
        self._chunks[index] |= 1 << number
        if self._chunks[index].bit_count() > CHUNK:
            self._split(index)

    def forget(self, number: int) -> None:
        """The agent is out, or not free any more."""
        before = self._keys.pop(number, None)
        if before is None:
            return
        index = bisect_right(self._floors, before) - 1
        self._chunks[index] ^= 1 << number
        if index and (self._chunks[index] | self._chunks[index - 1]).bit_count() <= CHUNK // 2:
            self._chunks[index - 1] |= self._chunks.pop(index)
            del self._floors[index]

    def best(self, count: int, among: Agents) -> list[int]:
        """Return the numbers of those of them who come first, at most so many."""
        found: list[int] = []
        for chunk in self._chunks:
            here = chunk & among
            if here:
                found += self._sorted(here)
                if len(found) >= count:
                    break
        return found[:count]

    def _split(self, index: int) -> None:
        half = self._sorted(self._chunks[index])[CHUNK // 2 :]
        upper = sum([1 << number for number in half])
        self._chunks[index : index + 1] = [self._chunks[index] ^ upper, upper]
        self._floors.insert(index + 1, self._keys[half[0]])

    def _sorted(self, agents: Agents) -> list[int]:
        return sorted(numbers(agents), key=self._keys.__getitem__)
