"""Tells a fold what happens, and asks it for its numbers."""

from analytics.domain import steps as s
from analytics.domain.numbers import numbers
from analytics.domain.targets import PolicyTargets, Target, TargetBook
from analytics.domain.workspace import WorkspaceFold

START_MS = 1_800_000_000_000


class Telling:
    """Tells a fold what happens, at seconds after the start."""

    def __init__(self, **targets: Target) -> None:
        self.fold = WorkspaceFold()
        self.book = TargetBook()
        self.book.add(PolicyTargets(version=1, queues=targets))
        self.number = 0

    def at(self, seconds: float, *decisions: s.Decision, policy: int = 1) -> "Telling":
        self.number += 1
        self.fold.apply(
            s.Step(
                workspace="main",
                number=self.number,
                stamped_ms=START_MS + round(seconds * 1000),
                policy_version=policy,
                decisions=decisions,
            )
        )
        return self

    def queue(self, name: str = "billing", channel: str = ""):
        found = numbers("main", self.fold, self.book).queues
        return next(q for q in found if (q.queue, q.channel) == (name, channel))

    def agent(self, agent_id: str = "ana"):
        found = numbers("main", self.fold, self.book).agents
        return next(agent for agent in found if agent.agent_id == agent_id)


def opened(name: str, queue: str = "billing", channel: str = "voice") -> s.VisitOpened:
    return s.VisitOpened(f"v-{name}", f"c-{name}", queue, channel)


def ended(name: str, exit_: str) -> s.VisitEnded:
    return s.VisitEnded(f"v-{name}", exit_)


def foretold(name: str, low: float, high: float) -> s.WaitEstimated:
    return s.WaitEstimated(f"v-{name}", round(low * 1000), round(high * 1000))


def connected(name: str, agent: str = "ana", channel: str = "voice") -> s.ContactConnected:
    return s.ContactConnected(f"c-{name}", agent, "billing", channel)


def wrapped_up(name: str) -> s.ContactEnded:
    return s.ContactEnded(f"c-{name}", "completed")


def seen(state: str = s.ROUTABLE, agent: str = "ana", **contacts: int) -> s.AgentSeen:
    return s.AgentSeen(agent, "first", "available", state, contacts, {})
