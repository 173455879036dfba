"""Those who wait for the same thing, and the agents who could serve them."""

from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple

from router.domain.agent import FREE, Agent
from router.domain.line import Lines
from router.domain.pool import AgentKey, Fit, Pool
from router.domain.queues import AgentOrder, Queue
from router.domain.values import Needs, Requirement
from router.domain.words import Channel

UNFIT = {"language": "missing_language", "team": "other_team", "brand": "other_brand"}
NOT_PREFERRED = 1


class BucketKey(NamedTuple):
    """Contacts with the same key compete for the same agents."""

    queue: str
    channel: Channel
    pool: tuple[Needs, ...]


class Bucket:
    """The lines of one key, and its free agents: by ring, by delay, and in the queue's order."""

    def __init__(self, key: BucketKey, queue: Queue, key_of: AgentKey) -> None:
        self.key = key
        self._key_of = key_of
        self.order = queue.order
        self.lines = Lines(queue.ageing)
        self.counts: defaultdict[str, int] = defaultdict(int)
        """How many agents of the roster stand how: free, or the reason why not."""
        self.fits: dict[str, Fit] = {}
        self._pools: dict[tuple[int, int], Pool] = {}

    def unfit(self, agent: Agent) -> str:
        """Say why the agent never gets these contacts; empty when eligible."""
        if agent.defined.queues and self.key.queue not in agent.defined.queues:
            return "not_in_queue"
        if not agent.serves(self.key.channel):
            return "no_capacity"
        reason = ""
        for needs in self.key.pool:
            reason = missing(agent, needs)
            if not reason:
                return ""
        return reason

    def enrol(self, agent: Agent) -> Fit | None:
        """The agent is one of the roster from now on; return the fit, None for who is unfit."""
        unfit = self.unfit(agent)
        if unfit:
            self.counts[unfit] += 1
            return None
        key = self.key
        ring = next(i for i, needs in enumerate(key.pool) if not missing(agent, needs))
        preference = agent.preference(key.queue, key.channel)
        fit = Fit(
            agent,
            self,
            agent.kind_of[key.channel],
            ring,
            preference.priority if preference else NOT_PREFERRED,
            round(preference.delay_seconds * 1000) if preference else 0,
            sum(agent.skills.get(r.skill, 0) for r in key.pool[ring].skills),
        )
        self.fits[agent.agent_id] = fit
        self.count(None, agent.status[fit.kind], fit)
        return fit

    def dismiss(self, agent: Agent) -> None:
        """The agent is out; called before the definition changes."""
        fit = self.fits.pop(agent.agent_id, None)
        if fit is None:
            self.counts[self.unfit(agent)] -= 1
            return
        self.count(agent.status[fit.kind], None, fit)
        self._pool_of(fit).forget(fit)

    def count(self, before: str | None, after: str | None, fit: Fit) -> None:
        """Follow an eligible agent's status for the channel; None: not there."""
        if before is not None:
            self.counts[before] -= 1
            if before == FREE:
                self._pool_of(fit).free -= 1
        if after is not None:
            self.counts[after] += 1
            if after == FREE:
                pool = self._pool_of(fit)
                pool.free += 1
                pool.enter(fit)

    def reorder(self, fit: Fit) -> None:
        """The agent stays free, and may come earlier now."""
        if self.order is AgentOrder.LEAST_LOADED:
            self._pool_of(fit).enter(fit)

    def free_agents(self, limit: int, waited: int, passing: Collection[str] = ()) -> list[Fit]:
        """Return the free agents who come first: inner rings, then the queue's order."""
        found = [
            (ring, key, fit)
            for (ring, delay), pool in self._pools.items()
            if pool.free and delay <= waited
            for key, fit in pool.best(limit, passing)
        ]
        if len(self._pools) > 1:
            found.sort(key=lambda entry: entry[:2])
        return [fit for _, _, fit in found[:limit]]

    def not_yet(self, waited: int) -> int:
        """Return how many are free whose delay is not over."""
        return sum(pool.free for (_, delay), pool in self._pools.items() if delay > waited)

    def _pool_of(self, fit: Fit) -> Pool:
        place = (fit.ring, fit.delay)
        pool = self._pools.get(place)
        if pool is None:
            pool = self._pools[place] = Pool(self.order, self._key_of)
        return pool


def missing(agent: Agent, needs: Needs) -> str:
    """Say what the agent lacks; empty when nothing."""
    have = agent.skills
    for need in needs.skills:
        if have.get(need.skill, 0) < need.level:
            return _reason(need)
    for group in needs.any_of:
        if not any(have.get(need.skill, 0) >= need.level for need in group):
            return _reason(group[0])
    return ""


def _reason(need: Requirement) -> str:
    kind, mark, _ = need.skill.partition(":")
    return UNFIT.get(kind, "missing_skill") if mark else "missing_skill"
