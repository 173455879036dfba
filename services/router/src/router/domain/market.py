"""All lines, and who may take what waits in them: kept up with every change, never searched."""

from collections.abc import Iterator
from typing import NamedTuple

from router.domain.agent import FREE, Agent
from router.domain.bucket import Bucket, BucketKey
from router.domain.contact import Contact
from router.domain.line import Lines, Rank
from router.domain.offered import Offered
from router.domain.own_lines import OwnLines
from router.domain.profiles import Profiles
from router.domain.queues import Queue
from router.domain.roster import Roster
from router.domain.standings import Standings
from router.domain.words import Channel

MOST_EMPTY = 1_000
"""So many buckets where nobody waits are kept, as the next contact may want one of them."""


class Place(NamedTuple):
    """Where a contact waits; for one agent alone in no bucket."""

    lines: Lines
    rank: Rank
    queue: str
    bucket: Bucket | None


class Market:
    """The buckets, the lines for one agent alone, and for each agent what may be taken."""

    def __init__(self) -> None:
        self.waiting_in: dict[str, int] = {}
        """How many wait in each queue, those for one agent alone among them."""
        self.own = OwnLines()
        self.paused: dict[str, int] = {}
        """Queues that a supervisor paused, and until when; 0: until it is resumed."""
        self.roster = Roster()
        self.standings = Standings(self.roster)
        self._profiles = Profiles(self._all_buckets)
        self._buckets: dict[str, dict[BucketKey, Bucket]] = {}
        self._empty: dict[Bucket, None] = {}
        self._places: dict[str, Place] = {}

    @property
    def waiting(self) -> int:
        """How many wait altogether."""
        return len(self._places)

    def enter(self, contact: Contact, queue: Queue) -> None:
        """The contact waits from now on, for its preferred agent alone or for the whole pool."""
        bucket = None
        if contact.preferred_agent_id:
            lines = self.own.lines_of(contact, queue.ageing)
        else:
            bucket = self.bucket_of(contact, queue)
            lines = bucket.lines
            if not lines.count:
                self._empty.pop(bucket, None)
        rank = (-contact.priority, contact.queued_since, contact.contact_id)
        lines.add(rank)
        self._places[contact.contact_id] = Place(lines, rank, contact.queue, bucket)
        self.waiting_in[contact.queue] = self.waiting_in.get(contact.queue, 0) + 1

    def leave(self, contact_id: str) -> None:
        """The contact waits no longer."""
        lines, rank, queue, bucket = self._places.pop(contact_id)
        lines.remove(rank)
        self.waiting_in[queue] -= 1
        if bucket is not None and not lines.count:
            self._keep_empty(bucket)

    def rank_of(self, contact_id: str, now: int) -> Rank:
        """Return the place in line of one who waits."""
        place = self._places[contact_id]
        return place.lines.aged(place.rank, now)

    def bucket_of(self, contact: Contact, queue: Queue) -> Bucket:
        """Return where the contact waits, or would wait."""
        place = self._places.get(contact.contact_id)
        if place is not None and place.bucket is not None:
            return place.bucket
        key = BucketKey(contact.queue, contact.channel, contact.pool)
        of_queue = self._buckets.setdefault(contact.queue, {})
        bucket = of_queue.get(key)
        if bucket is None:
            bucket = of_queue[key] = Bucket(key, queue, self.roster)
            self._profiles.open(bucket)
            self._keep_empty(bucket)
        return bucket

    def first_since(self, queue: str, priority: int, *, with_own: bool) -> int | None:
        """Return since when the first of this initial priority waits; of all, or of the pool."""
        lines = self.own.of_queue(queue) if with_own else []
        lines += [bucket.lines for bucket in self._buckets.get(queue, {}).values()]
        found = (each.first_of_priority(priority) for each in lines if each.count)
        return min((first[1] for first in found if first is not None), default=None)

    def forget_queue(self, queue: str) -> None:
        """Its definition changed, and nobody waits in it: the buckets are made anew."""
        self.own.forget_queue(queue)
        for bucket in self._buckets.pop(queue, {}).values():
            bucket.is_open = False
            self._empty.pop(bucket, None)

    def lists_of(self, agent: Agent) -> dict[Channel, Offered]:
        """Return by kind what may be offered to the agent."""
        return self._profiles.lists_of(agent)

    def enrol(self, agent: Agent) -> None:
        """The agent is one of the roster from now on, as defined."""
        agent.barrier_seen = agent.barrier()
        agent.status = agent.standing(agent.barrier_seen)
        self.roster.join(agent)
        self.standings.noted.add(agent.number)
        self._profiles.join(agent)

    def dismiss(self, agent: Agent) -> None:
        """The agent is out; called before the definition changes."""
        self._profiles.leave(agent, self.roster.agent)
        self.standings.forget(agent)
        self.roster.leave(agent)

    def refresh(self, agent: Agent, now: int) -> bool:
        """Follow what changed of the agent; True when some contact may fit that did not before."""
        self.standings.noted.add(agent.number)
        barrier, slots = agent.barrier(), agent.slots
        if barrier == agent.barrier_seen and not slots.is_changed:
            return False
        # Who took something more has not become free for those who wait for them alone.
        is_eased = slots.is_eased or barrier != agent.barrier_seen
        is_freed = barrier == FREE and is_eased and agent.agent_id in self.own
        before, agent.status = agent.status, agent.standing(barrier)
        agent.barrier_seen, slots.is_changed, slots.is_eased = barrier, False, False
        agent.reason_seen = agent.reason_of(barrier, agent.status)
        agent.keep_idle_time(now, agent.reason_seen == FREE)
        news = [kind for kind, after in agent.status.items() if after == FREE != before[kind]]
        return is_freed or bool(news)

    def _all_buckets(self) -> Iterator[Bucket]:
        for of_queue in self._buckets.values():
            yield from of_queue.values()

    def _keep_empty(self, bucket: Bucket) -> None:
        self._empty[bucket] = None
        if len(self._empty) > MOST_EMPTY:
            oldest = next(iter(self._empty))
            del self._empty[oldest], self._buckets[oldest.key.queue][oldest.key]
            oldest.is_open = False
