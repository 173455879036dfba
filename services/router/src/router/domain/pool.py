"""The free agents of one ring and one delay, in the order in which they are chosen."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from heapq import heapify, heappop, heappush, heapreplace
from typing import Any

from router.domain.agent import FREE, Agent
from router.domain.queues import AgentOrder
from router.domain.words import Channel

Key = tuple[Any, ...]
"""What is compared, ending with the agent's id; lower is chosen first."""


@dataclass(slots=True, eq=False)
class Fit:
    """An agent who may get what waits in a bucket: how, and where the agent stands in its pool."""

    agent: Agent
    bucket: Any
    kind: Channel
    ring: int
    preference: int
    delay: int
    score: int
    """The sum of the levels that are needed."""
    entered: Key | None = None
    """Of the entry that counts; it is told from others by identity."""

    @property
    def is_free(self) -> bool:
        """Tell whether one more of the channel fits now."""
        return self.agent.status[self.kind] == FREE


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
    """A heap that is put right lazily.

    An entry counts while it is the one that its fit entered last. Keys that rise are put right
    when they come to the top; who may fall (least loaded) is entered again with each change.
    """

    def __init__(self, order: AgentOrder, key_of: AgentKey) -> None:
        self._order = order
        self._key_of = key_of
        self._heap: list[tuple[Key, Fit]] = []
        self.free = 0
        """How many are free."""

    def enter(self, fit: Fit) -> None:
        """The agent is free, or stands elsewhere now."""
        key = self._key_of(fit, self._order)
        if fit.entered is None or key < fit.entered:
            fit.entered = key
            heappush(self._heap, (key, fit))

    def forget(self, fit: Fit) -> None:
        """The agent is out."""
        if fit.entered is not None:
            fit.entered = None
            self._heap = [entry for entry in self._heap if entry[1] is not fit]
            heapify(self._heap)

    def best(self, limit: int, passing: Collection[str]) -> list[tuple[Key, Fit]]:
        """Return those who come first, at most `limit`, without those to be passed."""
        found: list[tuple[Key, Fit]] = []
        taken: list[tuple[Key, Fit]] = []
        heap = self._heap
        while heap and len(found) < limit:
            key, fit = heap[0]
            if fit.entered is not key:
                heappop(heap)
            elif not fit.is_free:
                heappop(heap)
                fit.entered = None
            elif (now := self._key_of(fit, self._order)) != key:
                fit.entered = now
                heapreplace(heap, (now, fit))
            else:
                taken.append(heappop(heap))
                if fit.agent.agent_id not in passing:
                    found.append(taken[-1])
        for entry in taken:
            heappush(heap, entry)
        return found
