"""Contacts that wait for one agent alone: preferred, transferred directly, reassigned."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from router.domain.agent import FREE, Agent
from router.domain.contact import ANY, Contact
from router.domain.line import Lines, Rank
from router.domain.queues import Ageing
from router.domain.words import Channel


class OwnKey(NamedTuple):
    queue: str
    channel: Channel
    over: int


class OwnLines:
    """For each agent the lines of those who wait for them, by what decides if they may come."""

    def __init__(self) -> None:
        self.by_agent: dict[str, dict[OwnKey, Lines]] = {}
        """Among them such in which nobody waits any more."""

    def __contains__(self, agent_id: str) -> bool:
        """Tell whether anybody waits for the agent alone."""
        lines_of = self.by_agent.get(agent_id)
        return lines_of is not None and any(lines.count for lines in lines_of.values())

    def lines_of(self, contact: Contact, ageing: Ageing | None) -> Lines:
        """Return where the contact waits for its preferred agent; its queue ages it here too."""
        lines = self.by_agent.setdefault(contact.preferred_agent_id, {})
        key = OwnKey(contact.queue, contact.channel, contact.over)
        if key not in lines:
            lines[key] = Lines(contact.queue, ageing)
        return lines[key]

    def of_queue(self, queue: str) -> list[Lines]:
        """Return the lines of those who came by the queue, whomever they wait for."""
        every = self.by_agent.values()
        return [lines for own in every for key, lines in own.items() if key.queue == queue]

    def forget_queue(self, queue: str) -> None:
        """Its definition changed, and nobody waits in it."""
        for lines in self.by_agent.values():
            for key in [key for key in lines if key.queue == queue]:
                del lines[key]

    def contacts(self, agent_id: str) -> list[str]:
        """Return who waits for the agent alone, and forget lines where nobody does."""
        found: list[str] = []
        kept: dict[OwnKey, Lines] = {}
        for key, lines in self.by_agent.pop(agent_id, {}).items():
            if lines.count:
                kept[key] = lines
                found += lines
        if kept:
            self.by_agent[agent_id] = kept
        return sorted(found)

    def candidates(
        self, agent: Agent, now: int, count: int, paused: Collection[str]
    ) -> Iterator[tuple[int, Rank]]:
        """Yield who waits for the agent alone and may come now, with the agent's preference."""
        for key, lines in self.by_agent.get(agent.agent_id, {}).items():
            if lines.count and key.queue not in paused and may_take(agent, key.channel, key.over):
                priority, _ = agent.wish(key.queue, key.channel)
                for rank in lines.best(count, now, now):
                    yield priority, rank

    def count(self, agent: Agent) -> int:
        """Return how many wait for the agent alone and may come now."""
        return sum(
            lines.count
            for key, lines in self.by_agent.get(agent.agent_id, {}).items()
            if may_take(agent, key.channel, key.over)
        )


def may_take(agent: Agent, channel: Channel, over: int) -> bool:
    """Tell whether the agent may be offered one more of the channel, so far above capacity."""
    kind = agent.kind_of.get(channel)
    if kind is None:
        return False
    if agent.status[kind] == FREE:
        return True
    if agent.barrier() != FREE or not agent.slots.has_room(channel, over):
        return False
    return over == ANY or not agent.slots.is_interrupted(channel)
