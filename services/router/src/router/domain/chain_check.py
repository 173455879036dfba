"""What is wrong with the ways out of queues: exits without cause, to nowhere, or in a circle."""

from collections.abc import Iterator

from router.domain.naming import LONGEST, unknown, within
from router.domain.needs_check import Declared
from router.domain.queues import Exit, Queue
from router.domain.steering_decisions import PolicyError

MOST_WAITING = 1_000_000
AT_ONCE = ("on_closed", "on_full", "on_nobody")
"""Ways that a contact takes as it comes, without waiting; an overflow takes its time."""
CAUSES = {"on_closed": "schedule", "on_full": "max_waiting", "on_overflow": "overflow_seconds"}
"""Each exit, and the field without which it never counts."""


def chain_errors(queues: tuple[Queue, ...], declared: Declared) -> Iterator[PolicyError]:
    """Yield what is wrong with each way out, and the circles among them."""
    for index, queue in enumerate(queues):
        where = f"queues[{index}]"
        yield from _limit_errors(where, queue, declared)
        for name in (*AT_ONCE, "on_overflow"):
            way: Exit | None = getattr(queue, name)
            if way is not None:
                yield from _exit_errors(f"{where}.{name}", name, way, queue, declared)
    yield from _circles(queues)


def _limit_errors(where: str, queue: Queue, declared: Declared) -> Iterator[PolicyError]:
    if queue.schedule and queue.schedule not in declared.schedules:
        message = unknown(
            f"queue {queue.name!r} keeps", "opening hours", queue.schedule, declared.schedules
        )
        yield PolicyError(f"{where}.schedule", message)
    yield from within(f"{where}.max_waiting", queue.max_waiting, 0, MOST_WAITING)
    if queue.overflow_seconds != 0:
        yield from within(f"{where}.overflow_seconds", queue.overflow_seconds, 1, LONGEST)
        if queue.on_overflow is None:
            message = (
                f"queue {queue.name!r} overflows and does not say where to:"
                " to a queue, to a flow, or eject"
            )
            yield PolicyError(f"{where}.overflow_seconds", message)


def _exit_errors(
    where: str, name: str, way: Exit, queue: Queue, declared: Declared
) -> Iterator[PolicyError]:
    cause = CAUSES.get(name)
    if cause is not None and not getattr(queue, cause):
        message = f"{name} of queue {queue.name!r} never counts: it has no {cause}"
        yield PolicyError(where, message)
    if way.queue and way.flow:
        yield PolicyError(where, "an exit leads to a queue or to a flow, not to both")
    if way.queue and way.queue not in declared.queues:
        what = f"{name} of queue {queue.name!r} leads to"
        yield PolicyError(f"{where}.queue", unknown(what, "queue", way.queue, declared.queues))
    if way.queue == queue.name:
        message = f"{name} of queue {queue.name!r} leads back to itself"
        yield PolicyError(f"{where}.queue", message)


def _circles(queues: tuple[Queue, ...]) -> Iterator[PolicyError]:
    """Yield each circle of exits that are taken at once: nobody would wait anywhere in it."""
    ways = {queue.name: _ways(queue) for queue in queues}
    index_of = {queue.name: index for index, queue in enumerate(queues)}
    done: set[str] = set()
    for start in ways:
        path: list[tuple[str, Iterator[tuple[str, str]]]] = []
        if start not in done:
            path.append((start, iter(ways[start])))
        while path:
            queue, left = path[-1]
            name, target = next(left, ("", ""))
            names = [passed for passed, _ in path]
            if not target:
                done.add(queue)
                path.pop()
            elif target in names:
                circle = [*names[names.index(target) :], target]
                if len(circle) > 2:
                    message = "these exits lead in a circle: " + " → ".join(circle)
                    yield PolicyError(f"queues[{index_of[queue]}].{name}.queue", message)
            elif target in ways and target not in done:
                path.append((target, iter(ways[target])))


def _ways(queue: Queue) -> list[tuple[str, str]]:
    """Return (exit, queue) of each way taken at once, each queue once."""
    found: dict[str, str] = {}
    for name in AT_ONCE:
        way: Exit | None = getattr(queue, name)
        if way is not None and way.queue:
            found.setdefault(way.queue, name)
    return [(name, target) for target, name in found.items()]
