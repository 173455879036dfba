"""A policy in the language of policy.yaml; read again, it is the same."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import date
from itertools import groupby
from typing import Any

import yaml

from router.adapters.commands.hours_file import CLOSED, DAYS, offsets_of
from router.adapters.commands.needs_text import number_text, said
from router.adapters.commands.queue_text import queue_text
from router.domain.hours import Schedule
from router.domain.patience import Callbacks, Timers
from router.domain.policy import DEFAULT_INTERRUPTS, ChannelCapacity, Policy


def policy_text(policy: Policy) -> str:
    """Return the file; the version is not part of it."""
    return yaml.safe_dump(
        _policy(policy), sort_keys=False, allow_unicode=True, default_flow_style=None, width=100
    )


def _policy(policy: Policy) -> dict[str, Any]:
    return {
        **said(
            {name: list(getattr(policy, name)) for name in ("skills", "languages", "brands")}
            | {"opening_hours": {s.name: _schedule(s) for s in policy.schedules}}
            | {"queues": [queue_text(queue) for queue in policy.queues]}
            | {"entry_points": [_entry_point(point) for point in policy.entry_points]}
            | {"capacities": _capacities(policy.capacities)}
            | {
                "team_capacities": {
                    entry.team: _capacities(entry.capacities) for entry in policy.team_capacities
                }
            }
        ),
        **_interrupts(policy),
        **said(
            {
                "channel_priorities": {
                    str(entry.channel): entry.priority for entry in policy.channel_priorities
                },
                "attributes": [
                    {"name": a.name, **said({"values": list(a.enum_values)})}
                    for a in policy.attributes
                ],
                "dispositions": list(policy.dispositions),
                "break_reasons": list(policy.break_reasons),
            }
        ),
        "timers": {f.name: number_text(getattr(policy.timers, f.name)) for f in fields(Timers)},
        "is_miss_not_responding": policy.is_miss_not_responding,
        **_customers(policy),
    }


def _entry_point(point: Any) -> dict[str, Any]:
    given = {"name": point.name, "channel": str(point.channel), "address": point.address}
    return given | said({"flow": point.flow})


def _capacities(groups: Iterable[ChannelCapacity]) -> list[dict[str, Any]]:
    return [{"channels": [str(c) for c in g.channels], "slots": g.slots} for g in groups]


def _interrupts(policy: Policy) -> dict[str, Any]:
    if policy.interrupts == DEFAULT_INTERRUPTS:
        return {}
    matrix = {str(i.channel): [str(c) for c in i.breaks_into] for i in policy.interrupts}
    return {"interrupts": matrix}


def _customers(policy: Policy) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if policy.callbacks != Callbacks():
        gap = number_text(policy.callbacks.gap_seconds)
        found["callbacks"] = {"attempts": policy.callbacks.attempts, "gap_seconds": gap}
        if policy.callbacks.is_for_lost_calls:
            found["callbacks"]["lost_calls"] = True
    returning = {f.name: getattr(policy.returning, f.name) for f in fields(policy.returning)}
    if any(returning.values()):
        found["returning"] = {n: number_text(v) for n, v in returning.items() if v}
    if policy.wait_coverage:
        found["wait_coverage"] = policy.wait_coverage
    return found


def _schedule(schedule: Schedule) -> dict[str, Any]:
    """Return zone and hours; offsets only where they are not what the zone has here and now."""
    found: dict[str, Any] = {"zone": schedule.zone, "weekly": _weekly(schedule)}
    if schedule.days:
        found["days"] = {
            date.fromordinal(day.ordinal).isoformat(): _spans(day.openings) or CLOSED
            for day in schedule.days
        }
    if not _is_of_zone(schedule):
        found["offsets"] = [list(offset) for offset in schedule.offsets]
    return found


def _is_of_zone(schedule: Schedule) -> bool:
    try:
        return schedule.offsets == offsets_of(schedule.zone)
    except ValueError:
        return False


def _weekly(schedule: Schedule) -> dict[str, list[str]]:
    """Return hours by weekday; days in a row with the same hours as one."""
    by_day = [
        _spans((o.start_minute, o.end_minute) for o in schedule.weekly if o.weekday == weekday)
        for weekday in range(7)
    ]
    found = {}
    for spans, days in groupby(range(7), key=lambda weekday: by_day[weekday]):
        names = [DAYS[weekday] for weekday in days]
        if spans:
            found[names[0] if len(names) == 1 else f"{names[0]}-{names[-1]}"] = spans
    return found


def _spans(hours: Iterable[tuple[int, int]]) -> list[str]:
    return [f"{_time(start)}-{_time(end)}" for start, end in hours]


def _time(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
