"""The free agents in the order in which they are chosen."""

from collections.abc import Callable
from typing import Any, NamedTuple

from router.domain.agent import Agent
from router.domain.queues import AgentOrder
from router.domain.roster import Agents
from router.domain.sorted_list import SortedList

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
    """Everybody who is free for anything, by one rule; skills, which differ by bucket, apart."""

    def __init__(self, order: AgentOrder, key_of: AgentKey) -> None:
        self._order = order
        self._key_of = key_of
        self._line: SortedList[tuple[Key, int]] = SortedList()
        self._keys: dict[int, Key] = {}

    def place(self, agent: Agent, is_free: bool) -> None:
        """The agent is free, or not, or stands elsewhere now."""
        key = self._key_of(Fit(agent, 0, 0), self._order) if is_free else None
        before = self._keys.get(agent.number)
        if key == before:
            return
        self.forget(agent.number)
        if key is not None:
            self._keys[agent.number] = key
            self._line.add((key, agent.number))

    def forget(self, number: int) -> None:
        """The agent is out."""
        before = self._keys.pop(number, None)
        if before is not None:
            self._line.remove((before, number))

    def best(self, count: int, among: Agents) -> list[int]:
        """Return the numbers of those of them who come first, at most so many."""
        found: list[int] = []
        # Looked at byte by byte: a shift copies all fifteen thousand bits.
        marks = among.to_bytes((among.bit_length() + 7) // 8, "little")
        for _, number in self._line:
            place = number >> 3
            if place < len(marks) and marks[place] >> (number & 7) & 1:
                found.append(number)
                if len(found) == count:
                    break
        return found
