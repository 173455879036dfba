"""The published numbers of one queue."""

from dataclasses import dataclass

from analytics.domain.durations import Durations, merged
from analytics.domain.estimates import EstimateNumbers, added
from analytics.domain.offers import OfferNumbers, added_offers
from analytics.domain.queues import ABANDONED, QueueFold
from analytics.domain.service_level import ServiceLevel, service_level, short_abandons
from analytics.domain.targets import TargetBook
from analytics.domain.workspace import WorkspaceFold


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueNumbers:
    """Of one queue; an empty channel: all of them together."""

    queue: str
    channel: str
    entered: int
    waiting: int
    oldest_ms: int | None
    exits: dict[str, int]
    service_level: ServiceLevel
    answered: Durations
    handled: Durations
    attention_ms: float
    estimates: EstimateNumbers
    offers: OfferNumbers
    short_abandons: int

    @property
    def abandon_ratio(self) -> float:
        """Abandoned of all that entered, 0 of none."""
        return self.exits.get(ABANDONED, 0) / self.entered if self.entered else 0.0

    @property
    def abandon_net_ratio(self) -> float:
        """The same without short abandons on both sides."""
        entered = self.entered - self.short_abandons
        abandoned = self.exits.get(ABANDONED, 0) - self.short_abandons
        return abandoned / entered if entered else 0.0

    @property
    def aht_attention_seconds(self) -> float:
        """Mean attention of a leg."""
        return self.attention_ms / self.handled.count / 1000 if self.handled.count else 0.0


def queue_numbers(
    name: str, channel: str, folds: list[QueueFold], fold: WorkspaceFold, book: TargetBook
) -> QueueNumbers:
    """As of the fold's last step, over the channels given."""
    exits: dict[str, int] = {}
    for one in folds:
        for exit_, count in one.exits.items():
            exits[exit_] = exits.get(exit_, 0) + count
    return QueueNumbers(
        queue=name,
        channel=channel,
        entered=sum(one.entered for one in folds),
        waiting=sum(len(one.waiting) for one in folds),
        oldest_ms=min(
            (oldest for one in folds if (oldest := one.oldest_ms()) is not None), default=None
        ),
        exits=dict(sorted(exits.items())),
        service_level=service_level(name, folds, book, fold.policy_version, fold.stamped_ms),
        answered=merged(cohort.answered for one in folds for cohort in one.cohorts.values()),
        handled=merged(one.handled for one in folds),
        attention_ms=sum(one.attention_ms for one in folds),
        estimates=added(one.estimates for one in folds),
        offers=added_offers(one.offers for one in folds),
        short_abandons=short_abandons(name, folds, book),
    )
