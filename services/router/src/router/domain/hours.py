"""When a queue is open: weekly hours and special days in a zone whose offsets the policy carries.

The clock on the wall follows from the schedule alone. No machine's tz database has a say, so the
same log gives the same answer everywhere and for ever.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

MINUTE = 60_000
DAY = 24 * 60 * MINUTE
EPOCH_ORDINAL = 719_163
"""What date(1970, 1, 1).toordinal() gives."""
EPOCH_WEEKDAY = 3
"""1970-01-01 was a Thursday; Monday is 0."""
LOOK_AHEAD = 370 * DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Open on this weekday (Monday is 0) from the start minute until just before the end minute.

    The end is at most 24 * 60; a span over midnight is two openings.
    """

    weekday: int
    start_minute: int
    end_minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialDay:
    """The (start, end) minutes of one date instead of its weekday's; none: closed all day.

    The date is counted as date.toordinal() counts.
    """

    ordinal: int
    openings: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Opening hours by the wall clock of a zone.

    The offsets are (first instant in ms UTC, seconds east of UTC), ascending and not empty; the
    first also holds before its instant, the last for ever. The name of the zone is for people.
    """

    name: str
    zone: str
    offsets: tuple[tuple[int, int], ...]
    weekly: tuple[Opening, ...]
    days: tuple[SpecialDay, ...] = ()


def is_open(schedule: Schedule, stamp: int) -> bool:
    """Return whether the wall clock shows an open minute; an hour that comes twice counts twice."""
    day, time = divmod(stamp + _offset(schedule, stamp), DAY)
    return any(start * MINUTE <= time < end * MINUTE for start, end in _openings(schedule, day))


def next_change(schedule: Schedule, stamp: int) -> int | None:
    """Return the first instant after the stamp that opens or closes; None: not in 370 days."""
    before = is_open(schedule, stamp)
    for start, end, offset in _spans(schedule, stamp, stamp + LOOK_AHEAD):
        for instant in _candidates(schedule, start, end, offset):
            if is_open(schedule, instant) != before:
                return instant
    return None


def _openings(schedule: Schedule, day: int) -> list[tuple[int, int]]:
    """Return the (start, end) minutes of the day, counted from 1970-01-01."""
    for special in schedule.days:
        if special.ordinal == day + EPOCH_ORDINAL:
            return list(special.openings)
    weekday = (day + EPOCH_WEEKDAY) % 7
    return [(o.start_minute, o.end_minute) for o in schedule.weekly if o.weekday == weekday]


def _offset(schedule: Schedule, stamp: int) -> int:
    """Return the milliseconds east of UTC then."""
    return schedule.offsets[max(0, _index(schedule, stamp))][1] * 1000


def _index(schedule: Schedule, stamp: int) -> int:
    return bisect_right(schedule.offsets, stamp, key=lambda offset: offset[0]) - 1


def _spans(schedule: Schedule, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield (start, end, ms east of UTC) of each span in which the offset stays."""
    for since, _ in schedule.offsets[_index(schedule, start) + 1 :]:
        if since >= end:
            break
        yield start, since, _offset(schedule, start)
        start = since
    yield start, end, _offset(schedule, start)


def _candidates(schedule: Schedule, start: int, end: int, offset: int) -> Iterator[int]:
    """Yield, ascending, each instant of the span that may open or close; its start is one."""
    yield start
    for day in range((start + offset) // DAY, (end + offset) // DAY + 1):
        edges = {minute for opening in _openings(schedule, day) for minute in opening}
        for minute in sorted(edges):
            instant = day * DAY + minute * MINUTE - offset
            if start < instant < end:
                yield instant
