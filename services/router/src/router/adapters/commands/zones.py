"""The UTC offsets of a zone, read once when a policy is written and carried by it from then on."""

from datetime import UTC, datetime
from difflib import get_close_matches
from zoneinfo import ZoneInfo, available_timezones

STEP_SECONDS = 6 * 3600
"""No zone changes its offset and changes it back within so short a time."""


def zone_offsets(zone: str, first_year: int, last_year: int) -> tuple[tuple[int, int], ...]:
    """Return (first instant in ms UTC, seconds east of UTC) of each offset in these years.

    The first one is that of the first year's beginning. Raises ValueError for a zone that is not
    known, and for years that are none.
    """
    known = _zone(zone)
    if not 1 <= first_year <= last_year <= 9998:
        raise ValueError(f"years {first_year} to {last_year} are no span of years")
    start = int(datetime(first_year, 1, 1, tzinfo=UTC).timestamp())
    end = int(datetime(last_year + 1, 1, 1, tzinfo=UTC).timestamp())
    found = [(start, _offset(known, start))]
    for since in range(start, end, STEP_SECONDS):
        until = min(since + STEP_SECONDS, end - 1)
        if _offset(known, until) != found[-1][1]:
            changed_at = _change(known, since, until)
            found.append((changed_at, _offset(known, changed_at)))
    return tuple((at * 1000, offset) for at, offset in found)


def _zone(name: str) -> ZoneInfo:
    names = available_timezones()
    if name in names:
        return ZoneInfo(name)
    by_end = {known.rsplit("/", 1)[-1].casefold(): known for known in sorted(names)}
    close = get_close_matches(name, sorted(names), n=3)
    ends = get_close_matches(name.rsplit("/", 1)[-1].replace(" ", "_").casefold(), by_end, n=3)
    matches = list(dict.fromkeys([*close, *(by_end[end] for end in ends)]))[:3]
    hint = f"; did you mean {' or '.join(matches)}?" if matches else ""
    raise ValueError(f"zone {name!r} is not known{hint}")


def _change(zone: ZoneInfo, before: int, after: int) -> int:
    """Return the first second, after one and not after the other, with the later offset."""
    later = _offset(zone, after)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == later:
            after = middle
        else:
            before = middle
    return after


def _offset(zone: ZoneInfo, second: int) -> int:
    offset = datetime.fromtimestamp(second, zone).utcoffset()
    if offset is None:
        raise ValueError(f"zone {zone.key!r} has no offset at {second}")
    return int(offset.total_seconds())
