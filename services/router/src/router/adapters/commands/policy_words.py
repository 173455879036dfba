"""A policy in words, and what is different between two, one line for each changed rule."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import date

from router.adapters.commands.hours_file import DAYS
from router.adapters.commands.queue_words import number_words, queue_words
from router.domain.hours import Schedule
from router.domain.policy import ChannelCapacity, Policy

Words = dict[str, dict[str, str]]
"""What is said of each thing: (what of it → how it is)."""
LISTS = (
    ("skills", "skill"),
    ("languages", "language"),
    ("brands", "brand"),
    ("dispositions", "disposition"),
    ("break_reasons", "break reason"),
)


def changes(before: Policy, after: Policy) -> list[str]:
    """Return what is different, in the order in which a policy is written."""
    old, new = words_of(before), words_of(after)
    return [line for subject in {**new, **old} for line in _changes(subject, old, new)]


def changed_subjects(before: Policy, after: Policy) -> set[str]:
    """Return the things of which something is different, such as `queue billing`."""
    old, new = words_of(before), words_of(after)
    return {subject for subject in {**old, **new} if old.get(subject) != new.get(subject)}


def words_of(policy: Policy) -> Words:
    """Return the policy in words."""
    words: Words = {}
    for name, kind in LISTS:
        words |= {f"{kind} {item}": {} for item in getattr(policy, name)}
    words |= {
        f"attribute {a.name}": {"is": ", ".join(a.enum_values) or "a number"}
        for a in policy.attributes
    }
    words |= {f"opening hours {s.name}": _schedule(s) for s in policy.schedules}
    words |= {f"queue {queue.name}": queue_words(queue) for queue in policy.queues}
    words |= {
        f"entry point {point.name}": {
            "channel": str(point.channel),
            "address": point.address,
            "flow": point.flow or "none",
        }
        for point in policy.entry_points
    }
    words["capacities"] = _capacities(policy.capacities)
    for team in policy.team_capacities:
        words[f"team {team.team}"] = _capacities(team.capacities)
    words["interrupts"] = {
        f"{entry.channel} breaks into": ", ".join(entry.breaks_into) or "nothing"
        for entry in policy.interrupts
    }
    words["channel priorities"] = {
        str(entry.channel): f"{entry.priority:+d}" for entry in policy.channel_priorities
    }
    return words | _whole(policy)


def _changes(subject: str, old: Words, new: Words) -> Iterator[str]:
    before, after = old.get(subject), new.get(subject)
    if after is None:
        yield f"{subject} is gone"
    elif before is None:
        said = "; ".join(f"{what} {how}" for what, how in after.items())
        yield f"{subject} is new" + (f": {said}" if said else "")
    else:
        for what in {**after, **before}:
            was, now = before.get(what, "not said"), after.get(what)
            if now is None:
                yield f"{subject}: no more {what} (was: {was})"
            elif was != now:
                yield f"{subject}: {what} {now} (was: {was})"


def _whole(policy: Policy) -> Words:
    """Return what concerns the whole workspace."""
    coverage = policy.wait_coverage
    return {
        "timers": {
            field.name: f"{number_words(getattr(policy.timers, field.name))} s"
            for field in fields(policy.timers)
        },
        "missed offers": {
            "make the agent": "not responding" if policy.is_miss_not_responding else "nothing"
        },
        "callbacks": {
            "attempts": str(policy.callbacks.attempts),
            "gap": f"{number_words(policy.callbacks.gap_seconds)} s",
            "lost calls": "are called back" if policy.callbacks.is_for_lost_calls else "are not",
        },
        "returning customers": {
            "get their agent for": f"{number_words(policy.returning.preferred_seconds)} s",
            "keep their place for": f"{number_words(policy.returning.keeps_place_seconds)} s",
        },
        "expected wait": {"is told": f"with coverage {coverage:g}" if coverage else "to nobody"},
    }


def _capacities(groups: tuple[ChannelCapacity, ...]) -> dict[str, str]:
    return {", ".join(group.channels): f"{group.slots} at once" for group in groups}


def _schedule(schedule: Schedule) -> dict[str, str]:
    words = {"zone": schedule.zone}
    for weekday, name in enumerate(DAYS):
        hours = [(o.start_minute, o.end_minute) for o in schedule.weekly if o.weekday == weekday]
        words[name] = _hours(hours)
    for day in schedule.days:
        words[date.fromordinal(day.ordinal).isoformat()] = _hours(list(day.openings))
    words["clock changes"] = f"{len(schedule.offsets)}, the last at {_last(schedule)}"
    return words


def _last(schedule: Schedule) -> str:
    since, seconds = schedule.offsets[-1] if schedule.offsets else (0, 0)
    return f"{since} ms ({seconds:+d} s)"


def _hours(hours: list[tuple[int, int]]) -> str:
    spans = [f"{_time(start)}-{_time(end)}" for start, end in hours]
    return ", ".join(spans) or "closed"


def _time(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
