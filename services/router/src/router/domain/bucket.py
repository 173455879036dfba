"""Those who wait for the same thing, and the agents who could serve them."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from heapq import heapify, heappop, heappush, heapreplace
from typing import NamedTuple

from router.domain.agent import FREE, Agent
from router.domain.line import Line
from router.domain.values import Needs
from router.domain.words import Channel


class BucketKey(NamedTuple):
    """Contacts with the same key compete for the same agents."""

    queue: str
    channel: Channel
    requirements: Needs


class Bucket:
    """The line of one key, and its free agents by idle time.

    Idle order is kept lazily: an agent's `idle_since` only ever rises, so an entry that is out
    of date stands too early, and is put right when it comes to the top.
    """

    def __init__(self, key: BucketKey) -> None:
        self.key = key
        self.line = Line()
        self.counts: defaultdict[str, int] = defaultdict(int)
        """How many agents of the roster stand how: free, or the reason why not."""
        self._idle: list[tuple[int, str]] = []
        self._entered: set[str] = set()

    def unfit(self, agent: Agent) -> str:
        """Say why the agent never gets these contacts; empty when eligible."""
        if agent.defined.queues and self.key.queue not in agent.defined.queues:
            return "not_in_queue"
        skills = agent.skills
        if any(skills.get(r.skill, 0) < r.level for r in self.key.requirements):
            return "missing_skill"
        return "" if agent.serves(self.key.channel) else "no_capacity"

    def count(self, before: str | None, after: str | None, agent: Agent) -> None:
        """Follow an eligible agent's status for the channel; None: not there."""
        if before is not None:
            self.counts[before] -= 1
        if after is None:
            return
        self.counts[after] += 1
        if after == FREE and agent.agent_id not in self._entered:
            self._entered.add(agent.agent_id)
            heappush(self._idle, (agent.idle_since, agent.agent_id))

    def forget(self, agent_id: str) -> None:
        """Take an agent out who is no longer eligible."""
        if agent_id in self._entered:
            self._entered.discard(agent_id)
            self._idle = [entry for entry in self._idle if entry[1] != agent_id]
            heapify(self._idle)

    def free_agents(
        self, agents: Mapping[str, Agent], limit: int, passing: Collection[str] = ()
    ) -> list[Agent]:
        """Return the free agents who come first, at most `limit`, without those to be passed."""
        found: list[Agent] = []
        taken: list[tuple[int, str]] = []
        idle, channel = self._idle, self.key.channel
        while idle and len(found) < limit:
            since, agent_id = idle[0]
            agent = agents[agent_id]
            if agent.status[agent.kind_of[channel]] != FREE:
                heappop(idle)
                self._entered.discard(agent_id)
            elif agent.idle_since != since:
                heapreplace(idle, (agent.idle_since, agent_id))
            else:
                taken.append(heappop(idle))
                if agent_id not in passing:
                    found.append(agent)
        for entry in taken:
            heappush(idle, entry)
        return found
