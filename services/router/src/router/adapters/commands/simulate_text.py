"""What a simulation showed: in plain words, and as data."""

import math
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from router.adapters.commands.simulate_day import Told
from router.simulation.comparing import Change, Comparison, Estimate, QueueComparison
from router.simulation.survival import Survival

WAYS = {
    Change.ANSWERED: "answered instead of lost",
    Change.NOT_ANSWERED: "not answered",
    Change.OTHER_QUEUE: "to another queue",
    Change.OTHER_AGENT: "to another agent",
    Change.OTHER_END: "ended otherwise",
}
ROWS = (
    ("entered", "entered", "count"),
    ("answered", "answered", "count"),
    ("abandoned", "abandoned", "count"),
    ("still waiting", "still_waiting", "count"),
    ("mean wait", "mean_wait_seconds", "seconds"),
    ("median wait", "median_wait_seconds", "seconds"),
    ("90 % wait at most", "p90_wait_seconds", "seconds"),
    ("service level", "service_level", "share"),
)
MOST_REFUSALS = 10


def as_text(told: Told, comparison: Comparison, policy: str) -> list[str]:
    """Return the lines for people."""
    lines = [
        f"workspace {told.workspace}, {_time(comparison.begin)} to {_time(comparison.end)} UTC:"
        f" {comparison.records:,} records",
        *_doubts(told),
    ]
    if comparison.different_steps is not None:
        return [*lines, *_unchanged(comparison, policy), "", *_tables(comparison)]
    sure = round(100 * min(comparison.coverage, 0.95)) if comparison.replications > 2 else 0
    lines.append(
        f"{comparison.replications} simulations with {policy}; in brackets what came out at least"
        f" and at most ({sure} % intervals)"
    )
    lines += ["", *(_sentence(queue) for queue in comparison.queues), ""]
    lines += [*_tables(comparison), *_patience(told), *_refused(comparison)]
    return lines


def as_data(told: Told, comparison: Comparison) -> dict[str, Any]:
    """Return the same for programs; times are milliseconds since 1970."""
    habits = told.past.habits
    return {
        "workspace": told.workspace,
        **_plain(asdict(comparison)),
        "differs_at_step": told.difference.step_number if told.difference else None,
        "steps_as_said": told.compared,
        "patience": {
            "/".join(group): _curve(habits.patience(group)) for group in sorted(habits.waits)
        },
    }


def _doubts(told: Told) -> Iterator[str]:
    if told.difference is not None:
        number = told.difference.step_number
        yield (
            f"careful: this version decides otherwise than the router did, first in step {number};"
            " the day as it was is what this version makes of it"
        )


def _unchanged(comparison: Comparison, policy: str) -> Iterator[str]:
    if comparison.different_steps == 0:
        yield (
            f"{policy} says what was in force: all {comparison.records:,} steps come out again,"
            " byte for byte; no contact would have gone elsewhere"
        )
    else:
        yield (
            f"{policy} says what was in force, and yet {comparison.different_steps:,} steps come"
            " out otherwise: please report this"
        )


def _sentence(queue: QueueComparison) -> str:
    """Say it in one: who goes elsewhere, the waits, the abandons."""
    moved = f"{queue.name}: {_amount(queue.changed, 'count')} of {queue.contacts} contacts would"
    parts = [f"{moved} have gone elsewhere"]
    for name, kind, words in (
        ("mean_wait_seconds", "seconds", "mean wait"),
        ("service_level", "share", "service level"),
    ):
        was, new = queue.was.get(name), queue.would_be.get(name)
        parts.append(f"{words} {_one(was, kind)} -> {_amount(new, kind)}")
    parts.append(_difference(queue))
    return "; ".join(parts)


def _difference(queue: QueueComparison) -> str:
    was, new = queue.was.get("abandoned") or 0, queue.would_be.get("abandoned")
    if new is None or round(new.mean - was) == 0:
        return f"as many abandons ({_one(was, 'count')})"
    if new.mean < was:
        words, change = "fewer abandons", Estimate(was - new.mean, was - new.high, was - new.low)
    else:
        words, change = "more abandons", Estimate(new.mean - was, new.low - was, new.high - was)
    count, bracket, rest = _amount(change, "count").partition(" (")
    return f"{count} {words}{bracket}{rest}"


def _tables(comparison: Comparison) -> Iterator[str]:
    for queue in comparison.queues:
        yield f"{queue.name:<20} {'as it was':>12}   would have been"
        for words, name, kind in ROWS:
            was, new = _one(queue.was.get(name), kind), _amount(queue.would_be.get(name), kind)
            yield f"  {words:<18} {was:>12}   {new}"
        ways = [
            f"{_amount(much, 'count')} {WAYS[way]}"
            for way, much in queue.changes.items()
            if round(much.mean)
        ]
        if ways:
            yield f"  elsewhere: {', '.join(ways)}"
        if queue.named:
            more = " …" if round(queue.changed.mean) > len(queue.named) else ""
            yield f"  in most simulations: {', '.join(queue.named)}{more}"
        yield ""


def _patience(told: Told) -> Iterator[str]:
    habits = told.past.habits
    yield "patience (Kaplan-Meier; 95 % intervals):"
    groups = {
        (queue, channel): habits.group_of(queue, channel)
        for queue, channel in (group for group in habits.waits if len(group) == 2)
    }
    for (queue, channel), group in sorted(groups.items()):
        curve = habits.patience(group)
        where = "" if len(group) == 2 else ", estimated over all queues of the channel"
        low, high = curve.interval(20_000)
        median = curve.median()
        half = f"half have left after {median / 1000:.0f} s" if median else "fewer than half left"
        half = half if curve.given_up else "how long they would have waited nobody can say"
        yield (
            f"  {queue} by {channel}: {curve.given_up} of {curve.count} gave up{where};"
            f" after 20 s {curve.at(20_000):.0%} still wait ({low:.0%}–{high:.0%}), {half}"
        )


def _refused(comparison: Comparison) -> Iterator[str]:
    """Say what the policy does not know; words that merely come too late are no news."""
    unknown = {told: n for told, n in comparison.refusals.items() if ": unknown_" in told}
    for told, often in sorted(unknown.items(), key=lambda item: -item[1])[:MOST_REFUSALS]:
        yield f"refused under the policy, {often:.0f} times: {told}"


def _curve(curve: Survival) -> dict[str, Any]:
    return {
        "count": curve.count,
        "given_up": curve.given_up,
        "median_seconds": None if curve.median() is None else (curve.median() or 0) / 1000,
        "still_waiting": [
            [seconds, curve.at(seconds * 1000), *curve.interval(seconds * 1000)]
            for seconds in (10, 20, 30, 60, 120, 300)
        ],
    }


def _amount(estimate: Estimate | None, kind: str) -> str:
    if estimate is None:
        return "-"
    mean, low, high = (_one(v, kind) for v in (estimate.mean, estimate.low, estimate.high))
    return mean if low == high else f"{mean} ({low.split(' ')[0]}–{high.split(' ')[0]})"


def _one(value: float | None, kind: str) -> str:
    if value is None or math.isnan(value):
        return "-"
    if kind == "share":
        return f"{100 * value:.1f} %"
    return f"{value:.1f} s" if kind == "seconds" else f"{value:.0f}"


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _plain(value: Any) -> Any:
    """Return it with texts as the names of everything."""
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
