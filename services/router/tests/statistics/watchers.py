"""What fairness means, counted from decisions alone."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from router.domain.agent_decisions import AgentStateChanged
from router.domain.contact_decisions import ContactEnded, WrapUpStarted
from router.domain.offer_decisions import OfferEnded, OfferMade
from router.domain.reasons import OfferOutcome
from router.domain.visit_decisions import VisitEnded, VisitOpened

ENDS_IDLENESS = (OfferOutcome.ACCEPTED, OfferOutcome.REJECTED, OfferOutcome.TIMED_OUT)


@dataclass(slots=True)
class Waiting:
    """A contact in line; of equals, who has the lower place is first."""

    equals: tuple[Any, ...]
    place: tuple[int, str]
    is_offered: bool = False
    passed_at: int = -1


class Places:
    """Whether anybody is served before an equal who came earlier.

    Equals want the same of the same queue at the same priority. With `is_over_queues` all who
    want the same of any queue are equals: right where every agent serves every queue.
    """

    def __init__(self, is_over_queues: bool = False) -> None:
        self.is_over_queues = is_over_queues
        self.waiting: dict[str, Waiting] = {}
        self.offers = self.most_waiting = 0
        self.passed = 0
        self.longest_unfair_wait = 0

    def __call__(self, decision: Any, at: int) -> None:
        if type(decision) is VisitOpened:
            queue = "" if self.is_over_queues else decision.queue
            equals = (queue, decision.priority, decision.requirements)
            self.opened(decision.contact_id, equals, decision.queued_since)
        elif type(decision) is VisitEnded:
            self._no_longer_passed(self.waiting.pop(decision.contact_id), at)
        elif type(decision) is OfferEnded and decision.contact_id in self.waiting:
            self.waiting[decision.contact_id].is_offered = False
        elif type(decision) is OfferMade:
            self.offered(decision.contact_id, at)

    def opened(self, contact_id: str, equals: tuple[Any, ...], since: int) -> None:
        """A contact waits."""
        self.waiting[contact_id] = Waiting(equals, (since, contact_id))
        self.most_waiting = max(self.most_waiting, len(self.waiting))

    def offered(self, contact_id: str, at: int) -> None:
        """A contact is offered to somebody: all equals before it must be, too."""
        self.offers += 1
        contact = self.waiting[contact_id]
        contact.is_offered = True
        self._no_longer_passed(contact, at)
        for other in self.waiting.values():
            is_before = other.equals == contact.equals and other.place < contact.place
            if is_before and not other.is_offered and other.passed_at < 0:
                self.passed += 1
                other.passed_at = at

    def _no_longer_passed(self, contact: Waiting, at: int) -> None:
        if contact.passed_at >= 0:
            self.longest_unfair_wait = max(self.longest_unfair_wait, at - contact.passed_at)
            contact.passed_at = -1


class Idleness:
    """Whether each offer goes to the agent who was routable and without work longest.

    The clock of an agent runs while the agent is routable; an offer accepted, refused or missed
    sets it back, and so does a contact that leaves the agent's hands. Breaks only stop it.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.since: dict[str, int] = {}
        self.before = dict.fromkeys(names, 0)
        self.routable = dict.fromkeys(self.before, 0)
        self.offers: defaultdict[str, list[int]] = defaultdict(list)
        self.wrong: list[str] = []

    def __call__(self, decision: Any, at: int) -> None:
        if type(decision) is AgentStateChanged:
            self._stands(decision.agent.agent_id, decision.agent.not_routable_because == "", at)
        elif type(decision) is OfferMade:
            self.offered(decision.agent_id, at)
        elif (type(decision) is OfferEnded and decision.outcome in ENDS_IDLENESS) or (
            type(decision) in (WrapUpStarted, ContactEnded) and decision.agent_id
        ):
            self._restart(decision.agent_id, at)

    def idle(self, name: str, at: int) -> int:
        """Return the agent's idle time."""
        return self.before[name] + (at - self.since[name] if name in self.since else 0)

    def offers_per_hour(self) -> list[float]:
        """Return the offers of each agent in an hour of being routable."""
        return [3_600_000 * len(self.offers[name]) / self.routable[name] for name in self.before]

    def _stands(self, name: str, is_routable: bool, at: int) -> None:
        if is_routable:
            self.since.setdefault(name, at)
        elif name in self.since:
            self.routable[name] += at - self.since[name]
            self.before[name] += at - self.since.pop(name)

    def _restart(self, name: str, at: int) -> None:
        self.before[name] = 0
        if name in self.since:
            self.routable[name] += at - self.since[name]
            self.since[name] = at

    def offered(self, name: str, at: int) -> None:
        """The agent is offered a contact: nobody who could take it may be idle longer."""
        self.offers[name].append(at)
        longest = min(self.since, key=lambda other: (-self.idle(other, at), other), default="")
        if name != longest:
            self.wrong.append(f"at {at} {name} ({self.idle(name, at)}) instead of {longest}")


def jain(shares: list[float]) -> float:
    """Return R. Jain's index of fairness: 1 when all have the same, 1/n when one has all."""
    return sum(shares) ** 2 / (len(shares) * sum(share * share for share in shares))
