"""How long an offer is in coming, and how long it takes to be accepted."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from analytics.domain.durations import Durations, durations_of, merged

ACCEPTED, CONNECTED, MADE = "accepted", "connected", "made"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferNumbers:
    """Of one queue."""

    time_to_offer: Durations
    offer_to_accept: Durations
    outcomes: dict[str, int]


@dataclass(slots=True)
class OfferFold:
    """The offers of one queue and channel; what is open is kept until it ends."""

    time_to_offer: Durations = field(default_factory=Durations)
    offer_to_accept: Durations = field(default_factory=Durations)
    outcomes: dict[str, int] = field(default_factory=dict)
    offered_visits: set[str] = field(default_factory=set)
    open: dict[str, int] = field(default_factory=dict)

    def make(self, offer_id: str, visit_id: str, entered_ms: int, now_ms: int) -> None:
        """A waiting visit is offered; only its first offer ends its time to offer."""
        self._count(MADE)
        self.open[offer_id] = now_ms
        if visit_id not in self.offered_visits:
            self.offered_visits.add(visit_id)
            self.time_to_offer.add(now_ms - entered_ms)

    def end(self, offer_id: str, outcome: str, now_ms: int) -> None:
        """An offer came to that end; an accepted one lives until it is connected or fails."""
        made_ms = self.open.get(offer_id)
        if made_ms is None:
            return
        if outcome != CONNECTED:
            self._count(outcome)
        if outcome == ACCEPTED:
            self.offer_to_accept.add(now_ms - made_ms)
        else:
            del self.open[offer_id]

    def forget_visit(self, visit_id: str) -> None:
        """The visit ended."""
        self.offered_visits.discard(visit_id)

    def as_state(self) -> dict[str, Any]:
        """For the checkpoint."""
        return {
            "time_to_offer": self.time_to_offer.as_state(),
            "offer_to_accept": self.offer_to_accept.as_state(),
            "outcomes": self.outcomes,
            "offered_visits": sorted(self.offered_visits),
            "open": self.open,
        }

    def _count(self, outcome: str) -> None:
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1


def offers_of(state: dict[str, Any]) -> OfferFold:
    """From the checkpoint."""
    return OfferFold(
        time_to_offer=durations_of(state["time_to_offer"]),
        offer_to_accept=durations_of(state["offer_to_accept"]),
        outcomes=dict(state["outcomes"]),
        offered_visits=set(state["offered_visits"]),
        open=dict(state["open"]),
    )


def added_offers(folds: Iterable[OfferFold]) -> OfferNumbers:
    """All channels of a queue together."""
    many = list(folds)
    outcomes: dict[str, int] = {}
    for one in many:
        for outcome, count in one.outcomes.items():
            outcomes[outcome] = outcomes.get(outcome, 0) + count
    return OfferNumbers(
        time_to_offer=merged(one.time_to_offer for one in many),
        offer_to_accept=merged(one.offer_to_accept for one in many),
        outcomes=dict(sorted(outcomes.items())),
    )
