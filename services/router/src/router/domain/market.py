"""All lines, and who is free for which: kept up with every change, never searched through."""

from collections.abc import Mapping

from router.domain.agent import FREE, Agent
from router.domain.bucket import Bucket, BucketKey
from router.domain.contact import Contact, Rank
from router.domain.words import Channel

MAX_BUCKETS = 1_000
"""Above it, buckets where nobody waits are let go; they come back when they are needed."""


class Market:
    """The buckets, and for each agent those the agent is eligible for."""

    def __init__(self) -> None:
        self.waiting = 0
        self._buckets: dict[BucketKey, Bucket] = {}
        self._fitting: dict[str, dict[Channel, list[Bucket]]] = {}

    def enter(self, contact: Contact, agents: Mapping[str, Agent]) -> None:
        """The contact waits from now on."""
        self.bucket_of(contact, agents).line.add(contact.rank)
        self.waiting += 1

    def leave(self, contact: Contact) -> None:
        """The contact waits no longer; its place must be the one it entered with."""
        self._buckets[_key(contact)].line.remove(contact.rank)
        self.waiting -= 1

    def bucket_of(self, contact: Contact, agents: Mapping[str, Agent]) -> Bucket:
        """Return where the contact waits, or would wait."""
        key = _key(contact)
        bucket = self._buckets.get(key)
        if bucket is None:
            self._make_room()
            bucket = self._buckets[key] = Bucket(key)
            for agent in agents.values():
                self._enrol(agent, bucket)
        return bucket

    def enrol(self, agent: Agent) -> None:
        """The agent is one of the roster from now on, as defined."""
        barrier = agent.barrier()
        agent.status = {kind: agent.status_for(kind, barrier) for kind in agent.kinds}
        self._fitting[agent.agent_id] = {kind: [] for kind in agent.kinds}
        for bucket in self._buckets.values():
            self._enrol(agent, bucket)

    def dismiss(self, agent: Agent) -> None:
        """The agent is out; called before the definition changes."""
        for bucket in self._buckets.values():
            bucket.count(bucket.unfit(agent) or _status(agent, bucket), None, agent)
            bucket.forget(agent.agent_id)
        del self._fitting[agent.agent_id]

    def refresh(self, agent: Agent, now: int) -> bool:
        """Follow what changed of the agent; True when some contact may fit that did not before."""
        barrier = agent.barrier()
        agent.keep_idle_time(now, agent.not_routable_because() == FREE)
        is_freed = False
        for kind, buckets in self._fitting[agent.agent_id].items():
            before, after = agent.status[kind], agent.status_for(kind, barrier)
            if after == before:
                continue
            agent.status[kind] = after
            is_freed = is_freed or after == FREE
            for bucket in buckets:
                bucket.count(before, after, agent)
        return is_freed

    def open_lines(self, agent: Agent) -> list[Bucket]:
        """Return the buckets where somebody waits whom the agent could take now."""
        return [
            bucket
            for kind, buckets in self._fitting[agent.agent_id].items()
            if agent.status[kind] == FREE
            for bucket in buckets
            if bucket.line.count
        ]

    def waiting_for(self, agent: Agent) -> tuple[int, int]:
        """Return how many waiting contacts the agent could take now, and how many when not full."""
        open_count = full_count = 0
        for kind, buckets in self._fitting[agent.agent_id].items():
            count = sum([bucket.line.count for bucket in buckets])
            if agent.status[kind] == FREE:
                open_count += count
            else:
                full_count += count
        return open_count, full_count

    def _enrol(self, agent: Agent, bucket: Bucket) -> None:
        unfit = bucket.unfit(agent)
        if unfit:
            bucket.counts[unfit] += 1
            return
        self._fitting[agent.agent_id][agent.kind_of[bucket.key.channel]].append(bucket)
        bucket.count(None, _status(agent, bucket), agent)

    def _make_room(self) -> None:
        if len(self._buckets) < MAX_BUCKETS:
            return
        self._buckets = {key: b for key, b in self._buckets.items() if b.line.count}
        for fitting in self._fitting.values():
            for kind, buckets in fitting.items():
                fitting[kind] = [bucket for bucket in buckets if bucket.line.count]


def best_of(buckets: list[Bucket], count: int) -> list[Rank]:
    """Return who is served next over all these lines, at most so many."""
    found = [rank for bucket in buckets for rank in bucket.line.best(count)]
    found.sort()
    return found[:count]


def _status(agent: Agent, bucket: Bucket) -> str:
    return agent.status[agent.kind_of[bucket.key.channel]]


def _key(contact: Contact) -> BucketKey:
    return BucketKey(contact.queue, contact.channel, contact.requirements)
