"""How people behave where the day does not show it: drawn from how others behaved that day."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from router.domain.contact_decisions import ContactEnded
from router.domain.reasons import ContactCause, OfferOutcome, WithdrawnBecause
from router.simulation.chance import generator, uniform
from router.simulation.day import Day, Seen, Word
from router.simulation.stages import OFFER_KINDS, Kind, Place, Stage
from router.simulation.survival import Survival, Wait, kaplan_meier

FEW_EXAMPLES = 5
"""With fewer of the narrow group the wider one is drawn from."""
FEW_GIVEN_UP = 10
"""With fewer in a queue and channel the patience is estimated over all queues of the channel."""
Group = tuple[str, ...]


class Habits:
    """How the people of one day behaved: how long they waited, and each stage that was whole."""

    def __init__(self, day: Day) -> None:
        self.waits: dict[Group, list[Wait]] = {}
        self._pools: dict[Group, list[tuple[float, Seen]]] = {}
        for stage, seen in day.seen.items():
            if stage.kind is not Kind.WAIT:
                self._keep(stage, seen)
            elif seen.place.is_customer and seen.began >= day.begin:
                wait = Wait(_length(seen, day), has_given_up(seen))
                for group in (seen.place[:2], (seen.place.channel,)):
                    self.waits.setdefault(group, []).append(wait)
        for pool in self._pools.values():
            pool.sort(key=lambda item: item[0])
        self._given_up = {g: sum(w.is_given_up for w in waits) for g, waits in self.waits.items()}

    def group_of(self, queue: str, channel: str) -> Group:
        """Return which waits speak for the queue and channel."""
        is_enough = self._given_up.get((queue, channel), 0) >= FEW_GIVEN_UP
        return (queue, channel) if is_enough else (channel,)

    def patience(self, group: Group) -> Survival:
        """Return the Kaplan–Meier estimate of a group."""
        return kaplan_meier(self.waits.get(group, []))

    def resampled(self, group: Group, seed: int) -> Survival:
        """Return the estimate from waits drawn with replacement: how far it could be off."""
        waits = self.waits.get(group, [])
        chosen = generator(seed, "patience", *group).choices(waits, k=len(waits)) if waits else []
        return kaplan_meier(chosen)

    def alike(self, stage: Stage, place: Place) -> list[tuple[float, Seen]]:
        """Return whole stages of the narrowest group that has enough, the shortest first."""
        pool: list[tuple[float, Seen]] = []
        for group in _groups(stage, place):
            pool = self._pools.get(group, [])
            if len(pool) >= FEW_EXAMPLES:
                break
        return pool

    def _keep(self, stage: Stage, seen: Seen) -> None:
        if is_whole(stage, seen):
            after = answered_after(seen)
            for group in _groups(stage, seen.place):
                self._pools.setdefault(group, []).append((after, seen))


class Examples:
    """Draws from the day's habits, by a seed; its patience is that of a resampled day."""

    def __init__(self, habits: Habits, seed: int) -> None:
        self._habits, self._seed = habits, seed
        self._curves: dict[Group, Survival] = {}

    def draw(self, stage: Stage, place: Place, lasted: int) -> Seen | None:
        """Return a whole stage like this one that lasted longer than this one is known to have.

        Without any so long: the longest there is; None when the day shows none at all.
        """
        pool = self._habits.alike(stage, place)
        if not pool:
            return None
        first = bisect_right(pool, float(lasted), key=lambda item: item[0])
        if first == len(pool):
            return pool[-1][1]
        return pool[first + int(uniform(self._seed, *stage) * (len(pool) - first))][1]

    def patience(self, stage: Stage, place: Place, waited: int) -> int | None:
        """Return after how long this customer leaves, who waited so long; None for never."""
        group = self._habits.group_of(place.queue, place.channel)
        curve = self._curves.get(group)
        if curve is None:
            curve = self._curves[group] = self._habits.resampled(group, self._seed)
        length = curve.beyond(waited, uniform(self._seed, *stage))
        return None if math.isinf(length) else max(math.ceil(length), waited + 1)


def is_whole(stage: Stage, seen: Seen) -> bool:
    """Tell whether the stage ended by itself, and not because something else cut it short."""
    by = seen.by
    if by is None:
        return False
    if stage.kind in OFFER_KINDS and hasattr(by, "withdrawn_because"):
        was_withdrawn = by.outcome not in WHOLE_OUTCOMES
        return not was_withdrawn or by.withdrawn_because is WithdrawnBecause.UNDELIVERED
    if stage.kind is Kind.TALK:
        return type(by).__name__ == "WrapUpStarted" and not by.is_failure
    if stage.kind is Kind.WAIT:
        return has_given_up(seen)
    return stage.kind not in (Kind.SILENT, Kind.FLOW) or bool(seen.words)


WHOLE_OUTCOMES = frozenset(
    {
        *(OfferOutcome.ACCEPTED, OfferOutcome.CONNECTED, OfferOutcome.FAILED),
        *(OfferOutcome.REJECTED, OfferOutcome.TIMED_OUT),
    }
)


def has_given_up(seen: Seen) -> bool:
    """Tell whether the customer left."""
    return isinstance(seen.by, ContactEnded) and seen.by.cause is ContactCause.ABANDONED


def _length(seen: Seen, day: Day) -> int:
    return (day.end if seen.ended is None else seen.ended) - seen.began


def answered_after(seen: Seen) -> float:
    """Return when the last word came that the stage is known for; never, without any."""
    return max((float(w.at - seen.began) for w in example_words(seen)), default=math.inf)


def example_words(seen: Seen) -> Iterator[Word]:
    """Yield what another of the kind might say too; what somebody wrote is theirs alone."""
    for word in seen.words:
        if type(word.record.fact).__name__ not in ("CustomerMessaged", "CustomerIdentified"):
            yield word


def _groups(stage: Stage, place: Place) -> Iterable[Group]:
    """Yield who is alike, the narrowest first."""
    kind, channel = stage.kind, place.channel
    if kind is Kind.SILENT:
        return ((kind, "agent", stage.agent), (kind,))
    if kind is Kind.FLOW:
        return ((kind, "entry", place.entry_point), (kind, "channel", channel))
    if kind in OFFER_KINDS:
        return ((kind, "agent", stage.agent, channel), (kind, "channel", channel), (kind,))
    return ((kind, "queue", place.queue, channel), (kind, "channel", channel), (kind,))
