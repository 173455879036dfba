"""Policy and roster from plain values, as `asdict` makes them."""

from collections.abc import Iterable
from typing import Any

from router.domain.policy import (
    AttributeDeclaration,
    ChannelCapacity,
    EntryPoint,
    Policy,
    Queue,
    RosterAgent,
    Timers,
)
from router.domain.values import Needs, Requirement
from router.domain.words import Channel


def policy_from(data: dict[str, Any]) -> Policy:
    """Return the rules."""
    given = data | {
        "skills": tuple(data["skills"]),
        "queues": tuple(
            Queue(**(queue | {"requirements": skills_from(queue["requirements"])}))
            for queue in data["queues"]
        ),
        "entry_points": tuple(
            EntryPoint(**(point | {"channel": Channel(point["channel"])}))
            for point in data["entry_points"]
        ),
        "capacities": capacities_from(data["capacities"]),
        "attributes": tuple(
            AttributeDeclaration(name=a["name"], enum_values=tuple(a["enum_values"]))
            for a in data["attributes"]
        ),
        "dispositions": tuple(data["dispositions"]),
        "break_reasons": tuple(data["break_reasons"]),
        "timers": Timers(**data["timers"]),
    }
    return Policy(**given)


def roster_agent_from(data: dict[str, Any]) -> RosterAgent:
    """Return who works here."""
    given = data | {
        "skills": skills_from(data["skills"]),
        "queues": tuple(data["queues"]),
        "capacities": capacities_from(data["capacities"]),
    }
    return RosterAgent(**given)


def skills_from(rows: Iterable[dict[str, Any]]) -> Needs:
    """Return skills with levels."""
    return tuple(Requirement(**row) for row in rows)


def needs_from(rows: Iterable[tuple[str, int]]) -> Needs:
    """Return skills with levels, from pairs."""
    return tuple(Requirement(skill, level) for skill, level in rows)


def capacities_from(rows: Iterable[dict[str, Any]]) -> tuple[ChannelCapacity, ...]:
    """Return slot counts."""
    return tuple(
        ChannelCapacity(channels=tuple(Channel(c) for c in row["channels"]), slots=row["slots"])
        for row in rows
    )
