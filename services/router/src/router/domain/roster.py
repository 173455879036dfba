"""Who can do what: a set of agents is one integer, with a bit for each agent's number."""

from collections import defaultdict

from router.domain.agent import Agent
from router.domain.values import Needs, Requirement, Skills
from router.domain.words import Channel

Agents = int
"""A set of agents. And, or and counting take about a microsecond for fifteen thousand of them."""


class Roster:
    """The sets that follow from the roster alone; `version` rises with every change of it."""

    def __init__(self) -> None:
        self.version = 0
        self.everybody: Agents = 0
        self.delays: dict[str, dict[int, int]] = {}
        """For each queue the delays (ms) that agents prefer, and how many do."""
        self.by_number: list[Agent | None] = []
        self._unused: list[int] = []
        self._levels: defaultdict[str, defaultdict[int, Agents]] = defaultdict(_no_sets)
        self._serving: defaultdict[Channel, Agents] = defaultdict(int)
        self._anywhere: Agents = 0
        self._queues: defaultdict[str, Agents] = defaultdict(int)
        self._delays: defaultdict[tuple[str, Channel], defaultdict[int, Agents]]
        self._delays = defaultdict(_no_sets)

    def join(self, agent: Agent) -> None:
        """The agent is one of the roster from now on, as defined, and gets a number."""
        if self._unused:
            agent.number = self._unused.pop()
            self.by_number[agent.number] = agent
        else:
            agent.number = len(self.by_number)
            self.by_number.append(agent)
        self._flip(agent)
        self._count_delays(agent, 1)

    def leave(self, agent: Agent) -> None:
        """The agent is out; called before the definition changes."""
        self._flip(agent)
        self._count_delays(agent, -1)
        self.by_number[agent.number] = None
        self._unused.append(agent.number)

    def agent(self, number: int) -> Agent:
        """Return the agent of that number."""
        agent = self.by_number[number]
        assert agent is not None
        return agent

    def in_queue(self, queue: str) -> Agents:
        """Return who works in the queue: those who work anywhere, and those who name it."""
        return self._anywhere | self._queues.get(queue, 0)

    def serving(self, channel: Channel) -> Agents:
        """Return who has slots for the channel."""
        return self._serving.get(channel, 0)

    def able(self, need: Requirement) -> Agents:
        """Return who can do it at least so well."""
        found = 0
        for level, agents in self._levels.get(need.skill, {}).items():
            if level >= need.level:
                found |= agents
        return found

    def meeting(self, needs: Needs, among: Agents) -> Agents:
        """Return who of them meets all needs."""
        for need in needs.skills:
            among &= self.able(need)
        for group in needs.any_of:
            among &= self.any_of(group)
        return among

    def any_of(self, group: Skills) -> Agents:
        """Return who has at least one of these."""
        found = 0
        for need in group:
            found |= self.able(need)
        return found

    def by_score(self, among: Agents, skills: Skills) -> list[Agents]:
        """Return them by the sum of their levels in these skills, the best first."""
        sums = {0: among}
        for skill, _ in skills:
            after: defaultdict[int, Agents] = defaultdict(int)
            for score, agents in sums.items():
                for level, having in self._levels.get(skill, {}).items():
                    after[score + level] |= agents & having
                    agents &= ~having
                after[score] |= agents
            sums = {score: agents for score, agents in after.items() if agents}
        return [sums[score] for score in sorted(sums, reverse=True)]

    def delayed(self, queue: str, channel: Channel) -> dict[int, Agents]:
        """Return by delay (ms) who lets contacts of the queue wait first."""
        return {d: agents for d, agents in self._delays[queue, channel].items() if agents}

    def _flip(self, agent: Agent) -> None:
        """Put the agent into all its sets, or take it out of them."""
        bit, defined = 1 << agent.number, agent.defined
        self.version += 1
        self.everybody ^= bit
        for skill, level in agent.skills.items():
            self._levels[skill][level] ^= bit
        for channel in agent.kind_of:
            self._serving[channel] ^= bit
        if not defined.queues:
            self._anywhere ^= bit
        for queue in set(defined.queues):
            self._queues[queue] ^= bit
        for queue in {p.queue for p in defined.preferences if p.delay_seconds}:
            for channel in agent.kind_of:
                _, delay = agent.wish(queue, channel)
                if delay:
                    self._delays[queue, channel][delay] ^= bit

    def _count_delays(self, agent: Agent, count: int) -> None:
        for preference in agent.defined.preferences:
            delay = round(preference.delay_seconds * 1000)
            if delay:
                counts = self.delays.setdefault(preference.queue, {})
                counts[delay] = counts.get(delay, 0) + count
                if not counts[delay]:
                    del counts[delay]


def numbers(agents: Agents) -> list[int]:
    """Return the numbers of a set, the highest first."""
    found = []
    while agents:
        number = agents.bit_length() - 1
        found.append(number)
        agents ^= 1 << number
    return found


def _no_sets() -> defaultdict[int, Agents]:
    return defaultdict(int)
