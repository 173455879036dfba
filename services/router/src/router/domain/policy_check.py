"""What is wrong with a policy: where, and what would be right."""

from collections.abc import Iterator
from dataclasses import fields
from itertools import islice

from router.domain.channel_check import channel_errors
from router.domain.naming import LONGEST, MOST_ERRORS, name_errors, within
from router.domain.needs_check import Declared
from router.domain.patience import Timers
from router.domain.policy import Policy
from router.domain.queue_check import queue_errors
from router.domain.rule_check import attribute_errors
from router.domain.schedule_check import schedule_errors
from router.domain.steering_decisions import PolicyError
from router.domain.words import Channel

SHORTEST_TIMER = 0.1
SHORTEST_SILENCE = 3.0
"""A desk is heard of every 2 s."""
LEAST_COVERAGE, MOST_COVERAGE = 0.5, 0.95
"""The expected wait is learned from the last 200 visits, which can promise no more."""
SHORTEST_GAP = 60.0
"""Between two calls to one customer."""


def policy_errors(policy: Policy) -> list[PolicyError]:
    """Return what is wrong with the policy by itself, the first of it; empty when it is right."""
    return list(islice(_all(policy), MOST_ERRORS))


def _all(policy: Policy) -> Iterator[PolicyError]:
    declared = Declared.of(policy)
    for path, kind in (("skills", "skill"), ("languages", "language"), ("brands", "brand")):
        at = ".name" if path == "skills" else ""
        yield from name_errors(path, kind, list(getattr(policy, path)), at=at)
    yield from attribute_errors(policy.attributes)
    yield from schedule_errors(policy.schedules)
    yield from name_errors("queues", "queue", [queue.name for queue in policy.queues])
    yield from queue_errors(policy, declared)
    yield from name_errors("entry_points", "entry point", [p.name for p in policy.entry_points])
    yield from _entry_point_errors(policy)
    yield from channel_errors(policy)
    yield from name_errors("dispositions", "disposition", list(policy.dispositions), at="")
    yield from name_errors("break_reasons", "break reason", list(policy.break_reasons), at="")
    yield from _timer_errors(policy.timers)
    yield from _customer_errors(policy)


def _entry_point_errors(policy: Policy) -> Iterator[PolicyError]:
    reached: dict[tuple[Channel, str], str] = {}
    for index, point in enumerate(policy.entry_points):
        where = f"entry_points[{index}]"
        if point.channel is not Channel.TASK:
            if not point.flow:
                message = f"entry point {point.name!r} names no flow; only task may do without"
                yield PolicyError(f"{where}.flow", message)
            if not point.address:
                message = f"entry point {point.name!r} has no address that customers reach"
                yield PolicyError(f"{where}.address", message)
        place = (point.channel, point.address.lower())
        if point.address and place in reached:
            message = f"address {point.address!r} belongs to entry point {reached[place]!r} already"
            yield PolicyError(f"{where}.address", message)
        reached.setdefault(place, point.name)


def _timer_errors(timers: Timers) -> Iterator[PolicyError]:
    for name in (field.name for field in fields(timers)):
        shortest = SHORTEST_SILENCE if name == "desk_silence_seconds" else SHORTEST_TIMER
        yield from within(f"timers.{name}", getattr(timers, name), shortest, LONGEST)


def _customer_errors(policy: Policy) -> Iterator[PolicyError]:
    """Yield what is wrong with callbacks, returning customers and the expected wait."""
    yield from within("callbacks.attempts", policy.callbacks.attempts, 1, 10)
    yield from within("callbacks.gap_seconds", policy.callbacks.gap_seconds, SHORTEST_GAP, LONGEST)
    for name in ("preferred_seconds", "keeps_place_seconds"):
        yield from within(f"returning.{name}", getattr(policy.returning, name), 0, LONGEST)
    coverage = policy.wait_coverage
    if coverage != 0 and not LEAST_COVERAGE <= coverage <= MOST_COVERAGE:
        message = f"wait_coverage {coverage:g} is not from 0.5 to 0.95 (0.8: four of five); 0: none"
        yield PolicyError("wait_coverage", message)
