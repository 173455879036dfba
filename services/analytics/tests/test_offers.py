"""How long offers are in coming and in being accepted, and what came of them."""

import pytest

from analytics.domain import steps as s
from analytics.domain.numbers import numbers
from analytics.domain.queue_numbers import QueueNumbers
from analytics.domain.targets import PolicyTargets, Target, TargetBook
from analytics.domain.workspace import WorkspaceFold

START_MS = 1_800_000_000_000


def told(*news: tuple[float, s.Decision], short: float = 0) -> QueueNumbers:
    fold, book = WorkspaceFold(), TargetBook()
    book.add(PolicyTargets(version=1, queues={"billing": Target(short_abandon_seconds=short)}))
    for number, (seconds, decision) in enumerate(news, 1):
        step = s.Step(
            workspace="main",
            number=number,
            stamped_ms=START_MS + round(seconds * 1000),
            policy_version=1,
            decisions=(decision,),
        )
        fold.apply(step)
    return numbers("main", fold, book).queues[0]


def entered(name: str) -> s.VisitOpened:
    return s.VisitOpened(name, f"c-{name}", "billing", "voice")


def test_only_the_first_offer_of_a_visit_ends_its_time_to_offer():
    queue = told(
        (0, entered("v")),
        (4, s.OfferMade("ana", "o1", "v")),
        (20, s.OfferEnded("ana", "missed", "o1")),
        (30, s.OfferMade("bob", "o2", "v")),
    )

    assert (queue.offers.time_to_offer.count, queue.offers.time_to_offer.sum_ms) == (1, 4_000)
    assert queue.offers.outcomes == {"made": 2, "missed": 1}


def test_an_accepted_offer_is_timed_once_also_when_its_leg_fails_later():
    queue = told(
        (0, entered("v")),
        (1, s.OfferMade("ana", "o", "v")),
        (6, s.OfferEnded("ana", "accepted", "o")),
        (9, s.OfferEnded("ana", "failed", "o")),
        (9, s.OfferEnded("ana", "failed", "o")),
    )

    assert queue.offers.offer_to_accept.sum_ms == 5_000
    assert queue.offers.outcomes == {"accepted": 1, "failed": 1, "made": 1}


def test_connected_is_no_outcome_of_its_own():
    queue = told(
        (0, entered("v")),
        (1, s.OfferMade("ana", "o", "v")),
        (2, s.OfferEnded("ana", "accepted", "o")),
        (2, s.OfferEnded("ana", "connected", "o")),
    )

    assert queue.offers.outcomes == {"accepted": 1, "made": 1}


def test_the_net_abandon_rate_leaves_short_ones_out_on_both_sides():
    queue = told(
        *((0, entered(name)) for name in "abcd"),
        (3, s.VisitEnded("a", "abandoned")),
        (9, s.VisitEnded("b", "abandoned")),
        (9, s.VisitEnded("c", "answered")),
        (9, s.VisitEnded("d", "answered")),
        short=5,
    )

    assert queue.abandon_ratio == 0.5
    assert queue.abandon_net_ratio == pytest.approx(1 / 3)
