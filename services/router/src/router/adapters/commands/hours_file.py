"""The opening hours of policy.yaml; the zone's offsets become part of the policy."""

import re
from datetime import date
from functools import cache

import yaml

from router.adapters.commands.source import Source
from router.adapters.commands.zones import zone_offsets
from router.domain.hours import Opening, Schedule, SpecialDay

FIRST_YEAR, LAST_YEAR = 2024, 2044
"""A policy carries the clock changes of these years; before and after, the nearest offset holds."""
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOSED = "closed"
SPAN = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
FIELDS = ("zone", "weekly", "days", "offsets")


@cache
def offsets_of(zone: str) -> tuple[tuple[int, int], ...]:
    """Return what a policy carries of the zone; ValueError for one that is not known."""
    return zone_offsets(zone, FIRST_YEAR, LAST_YEAR)


def read_schedules(source: Source, node: yaml.Node | None) -> tuple[Schedule, ...]:
    """Return the opening hours by name."""
    schedules = []
    for index, (name, key, item) in enumerate(source.entries(node, "opening_hours")):
        where = f"schedules[{index}]"
        source.note(where, key)
        given = source.mapping(item, where, f"opening hours {name!r}", FIELDS)
        if "zone" not in given:
            source.wrong(item, f"opening hours {name!r} name no zone, such as Europe/Berlin")
        zone = source.text(given.get("zone"), "a zone", default="UTC")
        schedules.append(
            Schedule(
                name=name,
                zone=zone,
                offsets=_offsets(source, given, zone),
                weekly=_weekly(source, given.get("weekly"), f"{where}.weekly"),
                days=_days(source, given.get("days"), f"{where}.days"),
            )
        )
    return tuple(schedules)


def _offsets(source: Source, given: dict[str, yaml.Node], zone: str) -> tuple[tuple[int, int], ...]:
    """Return the zone's own; or, where written, (ms since 1970 in UTC, seconds east of UTC)."""
    if "offsets" in given:
        found = []
        for item in source.items(given["offsets"], "", "offsets"):
            pair = [source.whole(n, "an offset", 0) for n in source.items(item, "", "an offset")]
            if len(pair) != 2:
                source.wrong(item, "an offset is [first instant in ms, seconds east of UTC]")
            found.append((pair[0], pair[1]) if len(pair) == 2 else (0, 0))
        return tuple(found)
    try:
        return offsets_of(zone)
    except ValueError as error:
        source.wrong(given["zone"], str(error))
        return ((0, 0),)


def _weekly(source: Source, node: yaml.Node | None, path: str) -> tuple[Opening, ...]:
    """Return the openings from `{mon-fri: ["08:00-18:00"], sat: ["09:00-13:00"]}`."""
    found = []
    for name, key, item in source.entries(node, "weekly hours"):
        for weekday in _weekdays(source, key, name):
            for (start, end), place in _spans(source, item, f"the hours of {name}"):
                opening = Opening(weekday=weekday, start_minute=start, end_minute=end)
                found.append((opening, place))
    found.sort(key=lambda entry: (entry[0].weekday, entry[0].start_minute, entry[0].end_minute))
    for index, (_, place) in enumerate(found):
        source.note(f"{path}[{index}]", place)
    return tuple(opening for opening, _ in found)


def _days(source: Source, node: yaml.Node | None, path: str) -> tuple[SpecialDay, ...]:
    """Return the days from `{2026-12-25: closed, 2026-12-24: ["08:00-12:00"]}`."""
    found = []
    for name, key, item in source.entries(node, "days"):
        try:
            ordinal = date.fromisoformat(name).toordinal()
        except ValueError:
            source.wrong(key, f"{name!r} is no date such as 2026-12-24")
            continue
        spans = _spans(source, item, f"the hours of {name}")
        day = SpecialDay(ordinal=ordinal, openings=tuple(sorted(span for span, _ in spans)))
        found.append((day, key))
    found.sort(key=lambda entry: entry[0].ordinal)
    for index, (_, key) in enumerate(found):
        source.note(f"{path}[{index}]", key)
    return tuple(day for day, _ in found)


def _weekdays(source: Source, key: yaml.Node, name: str) -> list[int]:
    first, _, last = name.partition("-")
    last = last or first
    if first not in DAYS or last not in DAYS or DAYS.index(first) > DAYS.index(last):
        source.wrong(key, f"{name!r} is no weekday; say mon, tue … sun, or mon-fri")
        return []
    return list(range(DAYS.index(first), DAYS.index(last) + 1))


def _spans(source: Source, node: yaml.Node, what: str) -> list[tuple[tuple[int, int], yaml.Node]]:
    if isinstance(node, yaml.ScalarNode) and node.value == CLOSED:
        return []
    is_one = isinstance(node, yaml.ScalarNode)
    found = []
    for item in [node] if is_one else source.items(node, "", what):
        text = source.text(item, what)
        match = SPAN.fullmatch(text)
        if match is None:
            source.wrong(item, f"{what}: {text!r} is no span such as 08:00-18:00, nor closed")
            continue
        start_hour, start_minute, end_hour, end_minute = (int(part) for part in match.groups())
        found.append(((start_hour * 60 + start_minute, end_hour * 60 + end_minute), item))
    return found
