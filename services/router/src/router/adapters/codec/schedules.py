"""Opening hours, both ways."""

from datetime import date

from contact_center.v1 import policy_pb2
from router.adapters.codec.names import BadField
from router.adapters.codec.values import short
from router.domain.hours import Opening, Schedule, SpecialDay


def schedule_from(message: policy_pb2.Schedule) -> Schedule:
    """Return the opening hours; BadField for a date that is none."""
    return Schedule(
        name=message.name,
        zone=message.zone,
        offsets=tuple((offset.since_ms, offset.seconds) for offset in message.offsets),
        weekly=tuple(
            Opening(weekday=o.weekday, start_minute=o.start_minute, end_minute=o.end_minute)
            for o in message.weekly
        ),
        days=tuple(
            SpecialDay(
                ordinal=_ordinal(day.date),
                openings=tuple((o.start_minute, o.end_minute) for o in day.openings),
            )
            for day in message.days
        ),
    )


def schedule_to(schedule: Schedule) -> policy_pb2.Schedule:
    """Return the opening hours."""
    return policy_pb2.Schedule(
        name=schedule.name,
        zone=schedule.zone,
        offsets=[
            policy_pb2.ZoneOffset(since_ms=since, seconds=seconds)
            for since, seconds in schedule.offsets
        ],
        weekly=[
            policy_pb2.Opening(
                weekday=o.weekday, start_minute=o.start_minute, end_minute=o.end_minute
            )
            for o in schedule.weekly
        ],
        days=[
            policy_pb2.SpecialDay(
                date=date.fromordinal(day.ordinal).isoformat(),
                openings=[
                    policy_pb2.Opening(start_minute=start, end_minute=end)
                    for start, end in day.openings
                ],
            )
            for day in schedule.days
        ],
    )


def _ordinal(text: str) -> int:
    try:
        return date.fromisoformat(text).toordinal()
    except ValueError:
        raise BadField(f"{short(text, 'date')!r} is no date such as 2026-12-24") from None
