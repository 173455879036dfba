"""policy.yaml as a policy."""

from dataclasses import fields

import yaml

from router.adapters.commands.channel_file import (
    read_capacities,
    read_channel_priorities,
    read_interrupts,
    read_team_capacities,
)
from router.adapters.commands.hours_file import read_schedules
from router.adapters.commands.queue_file import read_queues
from router.adapters.commands.source import Source
from router.domain.patience import Callbacks, Returning, Timers
from router.domain.policy import AttributeDeclaration, EntryPoint, Policy
from router.domain.policy_check import policy_errors

FIELDS = (
    *("skills", "languages", "brands", "opening_hours", "queues", "entry_points", "capacities"),
    *("team_capacities", "interrupts", "channel_priorities", "attributes", "dispositions"),
    *("break_reasons", "timers", "is_miss_not_responding", "callbacks", "returning"),
    "wait_coverage",
)


def read_policy(source: Source) -> Policy:
    """Return the policy; what is wrong with it is in the source's errors."""
    root = source.mapping(source.root(), "", "the policy", FIELDS)
    policy = Policy(
        skills=source.texts(root.get("skills"), "skills", "skills"),
        languages=source.texts(root.get("languages"), "languages", "languages"),
        brands=source.texts(root.get("brands"), "brands", "brands"),
        schedules=read_schedules(source, root.get("opening_hours")),
        queues=read_queues(source, root.get("queues")),
        entry_points=_entry_points(source, root.get("entry_points")),
        capacities=read_capacities(source, root.get("capacities"), "capacities"),
        team_capacities=read_team_capacities(source, root.get("team_capacities")),
        interrupts=read_interrupts(source, root.get("interrupts")),
        channel_priorities=read_channel_priorities(source, root.get("channel_priorities")),
        attributes=_attributes(source, root.get("attributes")),
        dispositions=source.texts(root.get("dispositions"), "dispositions", "dispositions"),
        break_reasons=source.texts(root.get("break_reasons"), "break_reasons", "break_reasons"),
        timers=_timers(source, root.get("timers")),
        is_miss_not_responding=source.flag(
            root.get("is_miss_not_responding"), "is_miss_not_responding", False
        ),
        callbacks=_callbacks(source, root.get("callbacks")),
        returning=_returning(source, root.get("returning")),
        wait_coverage=source.number(root.get("wait_coverage"), "wait_coverage", 0.0),
    )
    if not source.errors:
        source.add(policy_errors(policy))
    return policy


def _entry_points(source: Source, node: yaml.Node | None) -> tuple[EntryPoint, ...]:
    points = []
    known = ("name", "channel", "address", "flow")
    for index, item in enumerate(source.items(node, "entry_points", "entry_points")):
        given = source.mapping(item, f"entry_points[{index}]", "an entry point", known)
        name = source.text(given.get("name"), "an entry point's name")
        if "channel" not in given:
            source.wrong(item, f"entry point {name!r} names no channel")
        points.append(
            EntryPoint(
                name=name,
                channel=source.channel(given.get("channel"), f"entry point {name!r}"),
                address=source.text(given.get("address"), "an address", default=name),
                flow=source.text(given.get("flow"), "a flow"),
            )
        )
    return tuple(points)


def _attributes(source: Source, node: yaml.Node | None) -> tuple[AttributeDeclaration, ...]:
    declared = []
    for index, item in enumerate(source.items(node, "attributes", "attributes")):
        where = f"attributes[{index}]"
        given = source.mapping(item, where, "an attribute", ("name", "values"))
        declared.append(
            AttributeDeclaration(
                name=source.text(given.get("name"), "an attribute's name"),
                enum_values=source.texts(given.get("values"), f"{where}.enum_values", "values"),
            )
        )
    return tuple(declared)


def _timers(source: Source, node: yaml.Node | None) -> Timers:
    defaults = Timers()
    names = [field.name for field in fields(Timers)]
    given = source.mapping(node, "timers", "timers", names)
    return Timers(
        **{name: source.number(given.get(name), name, getattr(defaults, name)) for name in names}
    )


def _callbacks(source: Source, node: yaml.Node | None) -> Callbacks:
    defaults = Callbacks()
    known = ("attempts", "gap_seconds", "lost_calls")
    given = source.mapping(node, "callbacks", "callbacks", known)
    return Callbacks(
        attempts=source.whole(given.get("attempts"), "attempts", defaults.attempts),
        gap_seconds=source.number(given.get("gap_seconds"), "gap_seconds", defaults.gap_seconds),
        is_for_lost_calls=source.flag(given.get("lost_calls"), "lost_calls", False),
    )


def _returning(source: Source, node: yaml.Node | None) -> Returning:
    known = ("preferred_seconds", "keeps_place_seconds")
    given = source.mapping(node, "returning", "returning", known)
    return Returning(
        preferred_seconds=source.number(given.get(known[0]), known[0], 0.0),
        keeps_place_seconds=source.number(given.get(known[1]), known[1], 0.0),
    )
