"""Opening hours by the wall clock of a zone, and the offsets that a policy carries for it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from router.adapters.commands.zones import zone_offsets
from router.domain.hours import Opening, Schedule, SpecialDay, is_open, next_change

NINE, FIVE, MIDNIGHT = 9 * 60, 17 * 60, 24 * 60
OFFICE = tuple(Opening(weekday=day, start_minute=NINE, end_minute=FIVE) for day in range(5))
ALWAYS = tuple(Opening(weekday=day, start_minute=0, end_minute=MIDNIGHT) for day in range(7))
NIGHT = tuple(
    opening
    for day in range(7)
    for opening in (
        Opening(weekday=day, start_minute=22 * 60, end_minute=MIDNIGHT),
        Opening(weekday=day, start_minute=0, end_minute=2 * 60 + 30),
    )
)
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",  # moves by half an hour
    "Asia/Kathmandu",  # 5:45 east
    "America/Santiago",  # changes at midnight
    "Africa/Casablanca",  # two changes within a month
)


def a_schedule(zone="Europe/Berlin", weekly=OFFICE, days=()) -> Schedule:
    return Schedule(
        name="office", zone=zone, offsets=zone_offsets(zone, 2023, 2029), weekly=weekly, days=days
    )


def closed_on(*days: date) -> tuple[SpecialDay, ...]:
    return tuple(SpecialDay(ordinal=day.toordinal()) for day in days)


def at(text: str, zone: str = "Europe/Berlin") -> int:
    """The instant at which the wall clock of the zone shows this."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def utc(text: str) -> int:
    return at(text, "UTC")


def expected(schedule: Schedule, stamp: int) -> bool:
    """The same question, answered by the standard library's calendar."""
    wall = datetime.fromtimestamp(stamp / 1000, ZoneInfo(schedule.zone))
    minute = wall.hour * 60 + wall.minute
    special = {day.ordinal: day.openings for day in schedule.days}
    weekly = [
        (o.start_minute, o.end_minute) for o in schedule.weekly if o.weekday == wall.weekday()
    ]
    return any(a <= minute < b for a, b in special.get(wall.date().toordinal(), weekly))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("weekly", [OFFICE, NIGHT])
def test_the_hours_are_those_of_the_wall_clock_all_year(zone, weekly):
    """Every quarter of an hour of a leap year, transitions and holidays included."""
    days = (
        *closed_on(date(2024, 2, 29), date(2024, 12, 25)),
        SpecialDay(ordinal=date(2024, 12, 31).toordinal(), openings=((NINE, 12 * 60),)),
    )
    schedule = a_schedule(zone, weekly, days)
    quarters = range(utc("2023-12-30"), utc("2025-01-03"), 15 * 60_000)

    assert [s for s in quarters if is_open(schedule, s) != expected(schedule, s)] == []


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("weekly", [OFFICE, NIGHT])
def test_the_next_change_is_the_first_minute_that_differs(zone, weekly):
    schedule = a_schedule(zone, weekly, closed_on(date(2024, 4, 1)))
    minutes = range(utc("2024-03-08"), utc("2024-04-12"), 60_000)
    states = [is_open(schedule, minute) for minute in minutes]
    changes = [m for m, a, b in zip(minutes[1:], states, states[1:], strict=False) if a != b]

    found = [next_change(schedule, minutes[0])]
    while found[-1] < changes[-1]:
        found.append(next_change(schedule, found[-1]))

    assert found == changes


def test_the_minute_of_opening_is_open_and_the_minute_of_closing_is_not():
    schedule = a_schedule()

    assert not is_open(schedule, at("2024-05-06 09:00") - 1)
    assert is_open(schedule, at("2024-05-06 09:00"))
    assert is_open(schedule, at("2024-05-06 17:00") - 1)
    assert not is_open(schedule, at("2024-05-06 17:00"))


def test_nine_in_the_morning_moves_with_summer_time():
    berlin, new_york = a_schedule(), a_schedule("America/New_York")

    assert next_change(berlin, utc("2024-03-29 20:00")) == utc("2024-04-01 07:00")
    assert next_change(berlin, utc("2024-10-26 00:00")) == utc("2024-10-28 08:00")
    assert next_change(new_york, utc("2024-03-08 23:00")) == utc("2024-03-11 13:00")
    assert next_change(new_york, utc("2024-11-02 00:00")) == utc("2024-11-04 14:00")


def test_an_hour_that_is_skipped_or_comes_twice():
    """02:30 does not come on 2024-03-31: closing falls on 03:00. On 2024-10-27 it comes twice."""
    schedule = a_schedule(weekly=NIGHT)

    assert next_change(schedule, utc("2024-03-31 00:10")) == utc("2024-03-31 01:00")
    assert next_change(schedule, utc("2024-10-27 00:10")) == utc("2024-10-27 00:30")
    assert next_change(schedule, utc("2024-10-27 00:30")) == utc("2024-10-27 01:00")
    assert next_change(schedule, utc("2024-10-27 01:00")) == utc("2024-10-27 01:30")


def test_a_span_over_midnight_does_not_close_at_midnight():
    assert next_change(a_schedule(weekly=NIGHT), at("2024-05-06 22:00")) == at("2024-05-07 02:30")


def test_a_holiday_is_closed_and_a_special_day_has_its_own_hours():
    short = SpecialDay(ordinal=date(2024, 5, 2).toordinal(), openings=((600, 660), (900, 960)))
    schedule = a_schedule(days=(*closed_on(date(2024, 5, 1)), short))

    assert not is_open(schedule, at("2024-05-01 12:00"))
    assert next_change(schedule, at("2024-04-30 17:00")) == at("2024-05-02 10:00")
    assert next_change(schedule, at("2024-05-02 10:30")) == at("2024-05-02 11:00")
    assert is_open(schedule, at("2024-05-02 15:59"))
    assert not is_open(schedule, at("2024-05-02 16:00"))


def test_a_leap_day_is_a_day_of_its_own():
    schedule = a_schedule(days=closed_on(date(2024, 2, 29)))

    assert is_open(schedule, at("2024-02-28 12:00"))
    assert not is_open(schedule, at("2024-02-29 12:00"))
    assert is_open(schedule, at("2024-03-01 12:00"))


def test_beyond_its_offsets_a_schedule_uses_the_nearest():
    schedule = a_schedule()

    assert is_open(schedule, utc("1999-07-05 08:30"))
    assert not is_open(schedule, utc("1999-07-05 07:30"))
    assert is_open(schedule, utc("2044-07-04 08:30"))
    assert not is_open(schedule, utc("2044-07-04 07:30"))


def test_before_the_epoch_the_weekdays_are_right_too():
    assert is_open(a_schedule(), utc("1969-12-31 10:00"))
    assert not is_open(a_schedule(), utc("1969-12-28 10:00"))


def test_what_never_opens_or_never_closes_has_no_next_change():
    assert next_change(a_schedule(weekly=()), utc("2024-05-06")) is None
    assert next_change(a_schedule(weekly=ALWAYS), utc("2024-05-06")) is None


def test_what_is_seen_ahead_is_bounded():
    new_year = SpecialDay(ordinal=date(2026, 1, 1).toordinal(), openings=((600, 660),))
    schedule = a_schedule(weekly=(), days=(new_year,))

    assert next_change(schedule, at("2024-12-20 00:00")) is None
    assert next_change(schedule, at("2025-01-01 00:00")) == at("2026-01-01 10:00")


def test_the_offsets_of_a_zone_begin_to_the_second():
    assert zone_offsets("Europe/Berlin", 2024, 2024) == (
        (utc("2024-01-01"), 3600),
        (utc("2024-03-31 01:00"), 7200),
        (utc("2024-10-27 01:00"), 3600),
    )
    assert zone_offsets("Asia/Kathmandu", 2024, 2030) == ((utc("2024-01-01"), 20_700),)


@pytest.mark.parametrize("zone", [*ZONES, "Pacific/Apia", "Europe/Dublin"])
def test_the_offsets_of_a_zone_are_right_at_every_hour(zone):
    """Apia left out a whole day of 2011."""
    offsets = zone_offsets(zone, 2009, 2013)
    instant, end = datetime(2009, 1, 1, tzinfo=UTC), datetime(2014, 1, 1, tzinfo=UTC)
    index = 0
    while instant < end:
        if index + 1 < len(offsets) and offsets[index + 1][0] <= instant.timestamp() * 1000:
            index += 1
        offset = instant.astimezone(ZoneInfo(zone)).utcoffset()
        assert offset == timedelta(seconds=offsets[index][1]), instant
        instant += timedelta(hours=1)


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("Europe/Berln", "Europe/Berlin"), ("New York", "America/New_York"), ("utc", "UTC")],
)
def test_a_zone_that_is_not_known_is_refused_with_what_may_be_meant(wrong, meant):
    with pytest.raises(ValueError, match=f"'{wrong}' is not known.*{meant}"):
        zone_offsets(wrong, 2024, 2024)


@pytest.mark.parametrize(
    "zone", ["", "../etc/passwd", "Europe", "/etc/localtime", "nowhere/at all"]
)
def test_what_is_no_name_of_a_zone_is_refused(zone):
    with pytest.raises(ValueError, match="is not known"):
        zone_offsets(zone, 2024, 2024)


def test_years_that_are_no_span_are_refused():
    with pytest.raises(ValueError, match="2025 to 2024"):
        zone_offsets("UTC", 2025, 2024)
