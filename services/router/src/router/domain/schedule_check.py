"""What is wrong with opening hours."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from router.domain.hours import Schedule
from router.domain.naming import name_errors
from router.domain.steering_decisions import PolicyError

MINUTES = 24 * 60
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
FURTHEST_SECONDS = 24 * 3600
MOST_OFFSETS, MOST_OPENINGS, MOST_DAYS = 500, 100, 1_000
LAST_ORDINAL = 3_652_059
"""Of the year 9999."""


def schedule_errors(schedules: tuple[Schedule, ...]) -> Iterator[PolicyError]:
    """Yield what is wrong with each schedule."""
    yield from name_errors("schedules", "schedule", [schedule.name for schedule in schedules])
    for index, schedule in enumerate(schedules):
        where = f"schedules[{index}]"
        yield from _count_errors(where, schedule)
        yield from _offset_errors(where, schedule)
        yield from _weekly_errors(where, schedule)
        yield from _day_errors(where, schedule)


def _count_errors(where: str, schedule: Schedule) -> Iterator[PolicyError]:
    for field, most in (("offsets", MOST_OFFSETS), ("weekly", MOST_OPENINGS), ("days", MOST_DAYS)):
        count = len(getattr(schedule, field))
        if count > most:
            message = f"schedule {schedule.name!r} has {count} {field}; at most {most} may be"
            yield PolicyError(f"{where}.{field}", message)
    if not schedule.weekly and not any(day.openings for day in schedule.days):
        message = f"schedule {schedule.name!r} is never open: give it weekly hours"
        yield PolicyError(f"{where}.weekly", message)


def _offset_errors(where: str, schedule: Schedule) -> Iterator[PolicyError]:
    offsets = schedule.offsets[:MOST_OFFSETS]
    if not offsets:
        yield PolicyError(f"{where}.offsets", f"zone {schedule.zone!r} has no offset from UTC")
    for index, (before, after) in enumerate(pairwise(offsets), start=1):
        if after[0] <= before[0]:
            yield PolicyError(f"{where}.offsets[{index}]", "the offsets do not ascend in time")
    for index, (_, seconds) in enumerate(offsets):
        if abs(seconds) > FURTHEST_SECONDS:
            yield PolicyError(f"{where}.offsets[{index}]", f"{seconds} s from UTC is no offset")


def _weekly_errors(where: str, schedule: Schedule) -> Iterator[PolicyError]:
    by_day: dict[int, list[tuple[int, int]]] = {}
    for index, opening in enumerate(schedule.weekly[:MOST_OPENINGS]):
        at = f"{where}.weekly[{index}]"
        if not 0 <= opening.weekday <= 6:
            message = f"weekday {opening.weekday} is not from 0 (Monday) to 6 (Sunday)"
            yield PolicyError(f"{at}.weekday", message)
            continue
        hours = (opening.start_minute, opening.end_minute)
        yield from _hour_errors(at, hours, by_day.get(opening.weekday, ()))
        by_day.setdefault(opening.weekday, []).append(hours)


def _day_errors(where: str, schedule: Schedule) -> Iterator[PolicyError]:
    seen: set[int] = set()
    for index, day in enumerate(schedule.days[:MOST_DAYS]):
        at = f"{where}.days[{index}]"
        if not 1 <= day.ordinal <= LAST_ORDINAL:
            yield PolicyError(f"{at}.date", f"day {day.ordinal} is no date")
        if day.ordinal in seen:
            yield PolicyError(f"{at}.date", "this date is there already")
        seen.add(day.ordinal)
        for number, hours in enumerate(day.openings[:MOST_OPENINGS]):
            place = f"{at}.openings[{number}]"
            yield from _hour_errors(place, hours, day.openings[:number])


def _hour_errors(
    where: str, hours: tuple[int, int], others: Iterable[tuple[int, int]]
) -> Iterator[PolicyError]:
    start, end = hours
    if not 0 <= start < end <= MINUTES:
        message = f"{_time(start)}-{_time(end)} is no span of a day; over midnight say two"
        yield PolicyError(where, message)
    for first, last in others:
        if start < last and first < end:
            message = f"{_time(start)}-{_time(end)} overlaps {_time(first)}-{_time(last)}"
            yield PolicyError(where, message)


def _time(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
