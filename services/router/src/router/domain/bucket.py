"""Those who wait for the same thing, and the agents who could serve them."""

from collections import Counter
from typing import NamedTuple

from router.domain.agent import Agent
from router.domain.line import Lines
from router.domain.pool import Fit
from router.domain.queues import Queue
from router.domain.roster import Agents, Roster
from router.domain.values import Needs, Requirement
from router.domain.words import Channel

UNFIT = {"language": "missing_language", "team": "other_team", "brand": "other_brand"}


class BucketKey(NamedTuple):
    """Contacts with the same key compete for the same agents."""

    queue: str
    channel: Channel
    pool: tuple[Needs, ...]


class Bucket:
    """The lines of one key. Whom it fits is computed from the roster's sets when it is asked."""

    __slots__ = (
        "_delays",
        "_fits",
        "_rings",
        "_roster",
        "_version",
        "is_open",
        "key",
        "lines",
        "order",
    )

    def __init__(self, key: BucketKey, queue: Queue, roster: Roster) -> None:
        self.key = key
        self.order = queue.order
        self.lines = Lines(key.queue, queue.ageing)
        self.is_open = True
        self._roster = roster
        self._version = -1
        self._rings: list[Agents] = []
        self._fits: Agents = 0
        self._delays: dict[int, Agents] = {}

    @property
    def fits(self) -> Agents:
        """Return who may get these contacts, now or later."""
        if self._version != self._roster.version:
            self._follow()
        return self._fits

    @property
    def rings(self) -> list[Agents]:
        """Return for each ring who is in it and in none further in."""
        if self._version != self._roster.version:
            self._follow()
        return self._rings

    def late(self, waited: int) -> Agents:
        """Return those whose delay is not over."""
        if self._version != self._roster.version:
            self._follow()
        found = 0
        for delay, agents in self._delays.items():
            if delay > waited:
                found |= agents
        return found & self._fits

    def fit_of(self, agent: Agent) -> Fit | None:
        """Return how the agent fits; None for who does not."""
        bit = 1 << agent.number
        for ring, agents in enumerate(self.rings):
            if agents & bit:
                return self.fit(agent, ring)
        return None

    def fit(self, agent: Agent, ring: int) -> Fit:
        """Return how an agent of this ring fits."""
        have, key = agent.skills, self.key
        score = sum([have.get(skill, 0) for skill, _ in key.pool[ring].skills])
        delay = agent.wish(key.queue, key.channel)[1] if agent.defined.preferences else 0
        return Fit(agent, ring, score, delay)

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

    def count_unfit(self) -> Counter[str]:
        """Return how many are not eligible, by the reason that `unfit` says."""
        roster, serving = self._roster, self._roster.serving(self.key.channel)
        able = roster.in_queue(self.key.queue)
        found = Counter(
            not_in_queue=(roster.everybody ^ able).bit_count(),
            no_capacity=(able & ~serving).bit_count(),
        )
        rest, outermost = able & serving & ~self.fits, self.key.pool[-1]
        for need in outermost.skills:
            met = rest & roster.able(need)
            found[_reason(need)] += (rest ^ met).bit_count()
            rest = met
        for group in outermost.any_of:
            met = rest & roster.any_of(group)
            found[_reason(group[0])] += (rest ^ met).bit_count()
            rest = met
        return found

    def _follow(self) -> None:
        """The roster changed since."""
        roster, key = self._roster, self.key
        self._version = roster.version
        self._delays = roster.delayed(key.queue, key.channel)
        able = roster.serving(key.channel) & roster.in_queue(key.queue)
        rest, self._rings = able, []
        for needs in key.pool:
            self._rings.append(roster.meeting(needs, rest))
            rest ^= self._rings[-1]
        self._fits = able ^ rest


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
