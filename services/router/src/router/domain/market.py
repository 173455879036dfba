"""All lines, and who is free for which: kept up with every change, never searched through."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from router.domain.agent import FREE, Agent
from router.domain.bucket import Bucket, BucketKey
from router.domain.contact import Contact
from router.domain.line import Lines, Rank, Waiting
from router.domain.own_lines import OwnLines
from router.domain.pool import AgentKey, Fit, agent_key
from router.domain.queues import Queue
from router.domain.words import Channel

MAX_BUCKETS = 1_000
"""Above it, buckets where nobody waits are let go; they come back when they are needed."""


class Place(NamedTuple):
    """Where a contact waits."""

    lines: Lines
    priority: int
    waiting: Waiting
    queue: str


class Market:
    """The buckets, the lines for one agent alone, and for each agent what may be taken."""

    def __init__(self) -> None:
        self.waiting_in: dict[str, int] = {}
        """How many wait in each queue, those for one agent alone among them."""
        self.own = OwnLines()
        self.paused: dict[str, int] = {}
        """Queues that a supervisor paused, and until when; 0: until it is resumed."""
        self.agent_key: AgentKey = agent_key
        """Where a free agent stands, as the engine's version says."""
        self.delays: dict[str, dict[int, int]] = {}
        """For each queue the delays (ms) that agents prefer, and how many do."""
        self._buckets: dict[BucketKey, Bucket] = {}
        self._fits: dict[str, dict[Channel, list[Fit]]] = {}
        self._places: dict[str, Place] = {}

    @property
    def waiting(self) -> int:
        """How many wait altogether."""
        return len(self._places)

    def enter(self, contact: Contact, agents: Mapping[str, Agent], queue: Queue) -> None:
        """The contact waits from now on, for its preferred agent alone or for the whole pool."""
        if contact.preferred_agent_id:
            lines = self.own.lines_of(contact, queue.ageing)
        else:
            lines = self.bucket_of(contact, agents, queue).lines
        waiting = Waiting(contact.queued_since, contact.contact_id)
        lines.add(contact.priority, waiting)
        place = Place(lines, contact.priority, waiting, contact.queue)
        self._places[contact.contact_id] = place
        self.waiting_in[contact.queue] = self.waiting_in.get(contact.queue, 0) + 1

    def leave(self, contact_id: str) -> None:
        """The contact waits no longer."""
        place = self._places.pop(contact_id)
        place.lines.remove(place.priority, place.waiting)
        self.waiting_in[place.queue] -= 1

    def rank_of(self, contact_id: str, now: int) -> Rank:
        """Return the place in line of one who waits."""
        lines, priority, (since, _), _ = self._places[contact_id]
        return -lines.effective(priority, since, now), since, contact_id

    def bucket_of(self, contact: Contact, agents: Mapping[str, Agent], queue: Queue) -> Bucket:
        """Return where the contact waits, or would wait."""
        key = BucketKey(contact.queue, contact.channel, contact.pool)
        bucket = self._buckets.get(key)
        if bucket is None:
            self._make_room()
            bucket = self._buckets[key] = Bucket(key, queue, self.agent_key)
            for agent in agents.values():
                self._enrol(agent, bucket)
        return bucket

    def first_since(self, queue: str, priority: int) -> int | None:
        """Return since when the first of this initial priority waits in the queue, if any does."""
        lines = (bucket.lines for key, bucket in self._buckets.items() if key.queue == queue)
        found = (each.first_of_priority(priority) for each in lines if each.count)
        return min((first.since for first in found if first is not None), default=None)

    def forget_queue(self, queue: str) -> None:
        """Its definition changed, and nobody waits in it: the buckets are made anew."""
        self.own.forget_queue(queue)
        self._drop([bucket for key, bucket in self._buckets.items() if key.queue == queue])

    def let_go(self) -> None:
        """Nobody waits: whoever comes next finds everything made anew."""
        self._drop(list(self._buckets.values()))

    def enrol(self, agent: Agent) -> None:
        """The agent is one of the roster from now on, as defined."""
        agent.barrier_seen = agent.barrier()
        agent.status = agent.standing(agent.barrier_seen)
        self._fits[agent.agent_id] = {kind: [] for kind in agent.kinds}
        self._count_delays(agent, 1)
        for bucket in self._buckets.values():
            self._enrol(agent, bucket)

    def dismiss(self, agent: Agent) -> None:
        """The agent is out; called before the definition changes."""
        self._count_delays(agent, -1)
        for bucket in self._buckets.values():
            bucket.dismiss(agent)
        del self._fits[agent.agent_id]

    def refresh(self, agent: Agent, now: int) -> bool:
        """Follow what changed of the agent; True when some contact may fit that did not before."""
        barrier, slots = agent.barrier(), agent.slots
        is_freed = barrier == FREE and agent.agent_id in self.own
        if barrier == agent.barrier_seen and not slots.is_changed:
            return is_freed
        before, agent.status = agent.status, agent.standing(barrier)
        agent.barrier_seen, slots.is_changed = barrier, False
        agent.keep_idle_time(now, agent.not_routable_because() == FREE)
        for kind, after in agent.status.items():
            fits = self._fits[agent.agent_id][kind]
            if after != before[kind]:
                is_freed = is_freed or after == FREE
                for fit in fits:
                    fit.bucket.count(before[kind], after, fit)
            elif after == FREE:
                for fit in fits:
                    fit.bucket.reorder(fit)
        return is_freed

    def candidates(self, agent: Agent, now: int, count: int) -> list[tuple[int, Rank]]:
        """Return whom the agent could take now: best first, with the agent's preference."""
        found = [
            (fit.preference, rank)
            for fit in self._open(agent)
            if fit.bucket.lines.count
            for rank in fit.bucket.lines.best(count, now, now - fit.delay)
        ]
        found += self.own.candidates(agent, now, count, self.paused)
        found.sort()
        return found[:count]

    def waiting_for(self, agent: Agent, now: int) -> tuple[int, int]:
        """Return how many waiting contacts the agent could take now, and how many when not full."""
        open_count = self.own.count(agent)
        full_count = 0
        for kind, fits in self._fits[agent.agent_id].items():
            is_open = agent.status[kind] == FREE
            for fit in fits:
                count = fit.bucket.lines.count
                if count and fit.delay and is_open:
                    count = fit.bucket.lines.count_until(now - fit.delay)
                if is_open:
                    open_count += count
                else:
                    full_count += count
        return open_count, full_count

    def fits_of(self, agent_id: str) -> Iterator[Fit]:
        """Yield where the agent may serve."""
        for fits in self._fits[agent_id].values():
            yield from fits

    def _open(self, agent: Agent) -> Iterator[Fit]:
        for kind, fits in self._fits[agent.agent_id].items():
            if agent.status[kind] == FREE:
                for fit in fits:
                    if not self.paused or fit.bucket.key.queue not in self.paused:
                        yield fit

    def _enrol(self, agent: Agent, bucket: Bucket) -> None:
        fit = bucket.enrol(agent)
        if fit is not None:
            self._fits[agent.agent_id][fit.kind].append(fit)

    def _count_delays(self, agent: Agent, count: int) -> None:
        for preference in agent.defined.preferences:
            delay = round(preference.delay_seconds * 1000)
            if delay:
                counts = self.delays.setdefault(preference.queue, {})
                counts[delay] = counts.get(delay, 0) + count
                if not counts[delay]:
                    del counts[delay]

    def _make_room(self) -> None:
        if len(self._buckets) >= MAX_BUCKETS:
            self._drop([bucket for bucket in self._buckets.values() if not bucket.lines.count])

    def _drop(self, buckets: list[Bucket]) -> None:
        dropped = {id(bucket) for bucket in buckets}
        for bucket in buckets:
            del self._buckets[bucket.key]
        for by_kind in self._fits.values():
            for kind, fits in by_kind.items():
                by_kind[kind] = [fit for fit in fits if id(fit.bucket) not in dropped]
