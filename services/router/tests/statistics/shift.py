"""A shift with all that happens on one: agents who refuse, miss and pause, customers who leave."""

from collections.abc import Callable
from heapq import heappop, heappush
from random import Random
from typing import Any

from router.domain import agent_facts as a
from router.domain import steering_facts as s
from router.domain.agent_decisions import AgentStateChanged
from router.domain.clock import MAX_MOVE
from router.domain.contact_decisions import ContactConnected, ContactEnded
from router.domain.policy import Policy, RosterAgent
from router.domain.words import Presence

from .call_center import CallCenter

Watcher = Callable[[Any, int], None]
"""Hears each decision and when it was made; knows nothing of the engine's state."""


class Shift(CallCenter):
    """Things that are planned happen in order of their instants; work goes on by itself."""

    def __init__(
        self, policy: Policy, agents: list[RosterAgent], seed: int, service: float
    ) -> None:
        super().__init__()
        self.chance = Random(f"shift/{seed}")
        self.service = service
        self.refusing = self.missing = 0.0
        self.plan: list[tuple[int, int, Callable[[], None]]] = []
        self.there: set[str] = set()
        self.stands: dict[str, str] = {}
        self.watchers: list[Watcher] = []
        self.brought = self.planned = 0
        self.begin(policy, agents)

    def at(self, instant: float, act: Callable[[], None]) -> None:
        """Plan something."""
        self.planned += 1
        heappush(self.plan, (round(instant), self.planned, act))

    def work(self, until: float) -> None:
        """Let everything happen that is planned up to an instant, and what follows from it."""
        while self.now < until or (self.plan and self.plan[0][0] <= until):
            instant = self.plan[0][0] if self.plan else round(until)
            if min(instant, until) > self.said + MAX_MOVE:
                self.wait_until(self.said + MAX_MOVE)
                self.say(s.ClockTicked(due_at=0))
            elif instant > until:
                self.wait_until(round(until))
            else:
                self.wait_until(instant)
                if self.plan and self.plan[0][0] == instant:
                    heappop(self.plan)[2]()
            self.accept_all()

    def flow(self, gap: float, begin: float, end: float, bring: Callable[[], None]) -> None:
        """Plan a Poisson stream."""
        instant = begin + self.chance.expovariate(1 / gap)
        while instant < end:
            self.at(instant, bring)
            instant += self.chance.expovariate(1 / gap)

    def bring(self, queue: str, *skills: str, priority: int = 0, patience: float = 0.0) -> str:
        """One customer comes; a patience of 0 lasts for ever."""
        self.brought += 1
        contact_id = f"{self.brought:08d}"
        self.there.add(contact_id)
        if patience:
            self.at(
                self.now + self.chance.expovariate(1 / patience), lambda: self._tire(contact_id)
            )
        self.arrive(contact_id, queue, *skills, priority=priority)
        return contact_id

    def accept_all(self) -> None:
        """Agents take what is offered, but for those who refuse or do not see it."""
        while self.offers:
            offer = self.offers.popleft()
            session = self.sessions[offer.agent_id]
            fate = self.chance.random()
            self.say(a.OfferDelivered(**session, offer_id=offer.offer_id))
            if fate < self.refusing:
                self.say(a.OfferRejected(**session, offer_id=offer.offer_id, reason_code=""))
            elif fate < self.refusing + self.missing:
                self.at(self.now + 60_000, lambda name=offer.agent_id: self._wake(name))
            else:
                self.say(a.OfferAccepted(**session, offer_id=offer.offer_id))

    def heard(self, decision: Any, at: int) -> None:
        super().heard(decision, at)
        if type(decision) is ContactConnected:
            self.there.discard(decision.contact_id)
            ends = self.now + self.chance.expovariate(1 / self.service)
            given = (decision.contact_id, decision.agent_id)
            self.at(ends, lambda: self.finish(*given))
        elif type(decision) is ContactEnded:
            self.there.discard(decision.contact_id)
        elif type(decision) is AgentStateChanged:
            self.stands[decision.agent.agent_id] = decision.agent.not_routable_because
        for watch in self.watchers:
            watch(decision, at)

    def pause(self, name: str) -> None:
        """The agent goes for a break."""
        self.choose(name, Presence.BREAK)

    def come_back(self, name: str) -> None:
        """The agent is available again."""
        self.choose(name, Presence.AVAILABLE)

    def _tire(self, contact_id: str) -> None:
        if contact_id in self.there:
            self.leave(contact_id)

    def _wake(self, name: str) -> None:
        if self.stands[name] == "not_responding":
            self.come_back(name)
