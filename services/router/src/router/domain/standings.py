"""How agents stand, as sets: those who are free for a channel, and why others are not."""

from collections import defaultdict

from router.domain.agent import FREE, Agent
from router.domain.pool import AgentKey, Pool, agent_key
from router.domain.queues import AgentOrder
from router.domain.roster import Agents, Roster
from router.domain.words import Channel


class Standings:
    """Follows what was noted only when it is asked: many changes are undone before that."""

    def __init__(self, roster: Roster) -> None:
        self.noted: set[int] = set()
        """Numbers of agents who may stand elsewhere than these sets say."""
        self.key_of: AgentKey = agent_key
        self._roster = roster
        self._sets: defaultdict[Channel, dict[str, Agents]] = defaultdict(dict)
        self._seen: dict[int, dict[Channel, str]] = {}
        self._pools: dict[tuple[Channel, AgentOrder], Pool] = {}

    def use(self, key_of: AgentKey) -> None:
        """Agents stand by this key from now on."""
        self.key_of = key_of
        self._pools.clear()

    def forget(self, agent: Agent) -> None:
        """The agent is out; called before the definition changes."""
        self.noted.discard(agent.number)
        seen, bit = self._seen.pop(agent.number, None), 1 << agent.number
        if seen is not None:
            for channel, kind in agent.kind_of.items():
                self._sets[channel][seen[kind]] ^= bit
        for pool in self._pools.values():
            pool.forget(agent.number)

    def free(self, channel: Channel) -> Agents:
        """Return who could take one more contact of the channel."""
        return self.by_status(channel).get(FREE, 0)

    def by_status(self, channel: Channel) -> dict[str, Agents]:
        """Return who is free, and who is not, by the reason."""
        if self.noted:
            for number in self.noted:
                self._follow(self._roster.agent(number))
            self.noted.clear()
        return self._sets[channel]

    def first(self, count: int, among: Agents, channel: Channel, order: AgentOrder) -> list[Agent]:
        """Return those of many free agents who come first, at most so many; skills apart."""
        pool, agent_of = self._pools.get((channel, order)), self._roster.agent
        if pool is None:
            pool = self._pools[channel, order] = Pool(channel, order, self.key_of)
            for number in self._seen:
                pool.place(agent_of(number))
        return [agent_of(number) for number in pool.best(count, among)]

    def _follow(self, agent: Agent) -> None:
        seen, status = self._seen.get(agent.number), agent.status
        if FREE in status.values() or (seen is not None and FREE in seen.values()):
            for pool in self._pools.values():
                pool.place(agent)
        if seen == status:
            return
        bit = 1 << agent.number
        for channel, kind in agent.kind_of.items():
            after, sets = status[kind], self._sets[channel]
            if seen is not None:
                if seen[kind] == after:
                    continue
                sets[seen[kind]] ^= bit
            sets[after] = sets.get(after, 0) | bit
        self._seen[agent.number] = status
