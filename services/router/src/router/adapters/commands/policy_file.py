"""policy.yaml as a policy."""

from dataclasses import fields

import yaml

from router.adapters.commands.source import Source
from router.domain.policy import (
    AttributeDeclaration,
    ChannelCapacity,
    EntryPoint,
    Policy,
    Queue,
    Timers,
)
from router.domain.policy_check import policy_errors
from router.domain.values import Needs, Requirement

FIELDS = (
    *("skills", "queues", "entry_points", "capacities", "attributes", "dispositions"),
    *("break_reasons", "timers", "is_miss_not_responding"),
)
QUEUE_FIELDS = (*("name", "requires", "target_seconds", "target_share", "short_abandon_seconds"),)
DEFAULT_QUEUE = Queue(name="")


def read_policy(source: Source) -> Policy:
    """Return the policy; what is wrong with it is in the source's errors."""
    root = source.mapping(source.root(), "", "the policy", FIELDS)
    policy = Policy(
        skills=source.texts(root.get("skills"), "skills", "skills"),
        queues=_queues(source, root.get("queues")),
        entry_points=_entry_points(source, root.get("entry_points")),
        capacities=read_capacities(source, root.get("capacities"), "capacities"),
        attributes=_attributes(source, root.get("attributes")),
        dispositions=source.texts(root.get("dispositions"), "dispositions", "dispositions"),
        break_reasons=source.texts(root.get("break_reasons"), "break_reasons", "break_reasons"),
        timers=_timers(source, root.get("timers")),
        is_miss_not_responding=source.flag(
            root.get("is_miss_not_responding"), "is_miss_not_responding", False
        ),
    )
    if not source.errors:
        source.add(policy_errors(policy))
    return policy


def read_needs(source: Source, node: yaml.Node | None, path: str, what: str) -> Needs:
    """Return skills with levels from `{billing: 2, german: 1}`."""
    needs = []
    for index, (skill, value) in enumerate(source.mapping(node, path, what, None).items()):
        for field in ("skill", "level"):
            source.note(f"{path}[{index}].{field}", value)
        needs.append(Requirement(skill, source.whole(value, f"the level of {skill!r}", 1)))
    return tuple(needs)


def read_capacities(
    source: Source, node: yaml.Node | None, path: str
) -> tuple[ChannelCapacity, ...]:
    """Return groups of channels that share slots."""
    groups = []
    for index, item in enumerate(source.items(node, path, "capacities")):
        where = f"{path}[{index}]"
        given = source.mapping(item, where, "a capacity", ("channels", "slots"))
        channels = source.items(given.get("channels"), f"{where}.channels", "channels")
        groups.append(
            ChannelCapacity(
                channels=tuple(source.channel(c, "a capacity's channel") for c in channels),
                slots=source.whole(given.get("slots"), "slots", 0),
            )
        )
    return tuple(groups)


def _queues(source: Source, node: yaml.Node | None) -> tuple[Queue, ...]:
    queues = []
    for index, item in enumerate(source.items(node, "queues", "queues")):
        where = f"queues[{index}]"
        given = source.mapping(item, where, "a queue", QUEUE_FIELDS)
        numbers = {
            name: source.number(given.get(name), name, getattr(DEFAULT_QUEUE, name))
            for name in QUEUE_FIELDS[2:]
        }
        needs = read_needs(
            source, given.get("requires"), f"{where}.requirements", "what a queue requires"
        )
        name = source.text(given.get("name"), "a queue's name")
        queues.append(Queue(name=name, requirements=needs, **numbers))
    return tuple(queues)


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
                enum_values=source.texts(given.get("values"), f"{where}.values", "values"),
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
