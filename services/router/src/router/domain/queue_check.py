"""What is wrong with what a policy says of its queues: targets, rings, ageing, order."""

from collections.abc import Iterator

from router.domain.chain_check import chain_errors
from router.domain.naming import LONGEST, within
from router.domain.needs_check import Declared, needs_errors
from router.domain.policy import Policy
from router.domain.queues import Queue
from router.domain.rule_check import rule_errors
from router.domain.steering_decisions import PolicyError

MOST_RINGS = 5
"""After the queue's own, which is the sixth."""


def queue_errors(policy: Policy, declared: Declared) -> Iterator[PolicyError]:
    """Yield what is wrong with each queue, and then with the ways between them."""
    for index, queue in enumerate(policy.queues):
        where = f"queues[{index}]"
        what = f"queue {queue.name!r} requires"
        yield from needs_errors(
            f"{where}.needs", what, queue.requirements, declared, f"{where}.requirements"
        )
        yield from _target_errors(where, queue)
        yield from _ring_errors(where, queue, declared)
        yield from _ageing_errors(where, queue)
        if not 1 <= queue.offer_to <= 5:
            message = f"offer_to {queue.offer_to}: a contact is offered to 1 to 5 agents at once"
            yield PolicyError(f"{where}.offer_to", message)
        if queue.preferred is not None:
            yield from within(f"{where}.preferred.seconds", queue.preferred.seconds, 1, LONGEST)
        yield from rule_errors(where, queue, declared)
    yield from chain_errors(policy.queues, declared)


def _target_errors(where: str, queue: Queue) -> Iterator[PolicyError]:
    if not queue.target_seconds > 0:
        message = f"target_seconds {queue.target_seconds:g} is not above 0"
        yield PolicyError(f"{where}.target_seconds", message)
    if not 0 < queue.target_share <= 1:
        message = f"target_share {queue.target_share:g} is not a share such as 0.8"
        yield PolicyError(f"{where}.target_share", message)
    if not queue.short_abandon_seconds >= 0:
        message = f"short_abandon_seconds {queue.short_abandon_seconds:g} is below 0"
        yield PolicyError(f"{where}.short_abandon_seconds", message)


def _ring_errors(where: str, queue: Queue, declared: Declared) -> Iterator[PolicyError]:
    if len(queue.rings) > MOST_RINGS:
        message = (
            f"queue {queue.name!r} has {len(queue.rings)} rings; after its own there may be"
            f" {MOST_RINGS}"
        )
        yield PolicyError(f"{where}.rings", message)
    before = 0.0
    for number, ring in enumerate(queue.rings[:MOST_RINGS]):
        at = f"{where}.rings[{number}]"
        what = f"ring {number + 1} of queue {queue.name!r} requires"
        if not before < ring.after_seconds <= LONGEST:
            message = (
                f"after_seconds {ring.after_seconds:g} of ring {number + 1} is not after"
                f" {before:g}: each ring opens later than the one before"
            )
            yield PolicyError(f"{at}.after_seconds", message)
        before = max(before, ring.after_seconds)
        yield from needs_errors(f"{at}.needs", what, ring.needs, declared)
        for index, name in enumerate(ring.without):
            if not declared.is_ability(name):
                message = (
                    f"ring {number + 1} of queue {queue.name!r} does without {name!r}, which the"
                    " policy does not declare as a skill (nor language:… or brand:…)"
                )
                yield PolicyError(f"{at}.without[{index}]", message)


def _ageing_errors(where: str, queue: Queue) -> Iterator[PolicyError]:
    if queue.ageing is not None:
        at = f"{where}.ageing"
        yield from within(f"{at}.every_seconds", queue.ageing.every_seconds, 1, LONGEST)
        yield from within(f"{at}.step", queue.ageing.step, 1, 100)
        yield from within(f"{at}.most", queue.ageing.most, 0, 1000)
