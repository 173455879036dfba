"""What policy.yaml and roster.yaml say of channels."""

import yaml

from router.adapters.commands.source import Source
from router.domain.policy import (
    DEFAULT_INTERRUPTS,
    ChannelCapacity,
    ChannelPriority,
    Interrupt,
    TeamCapacity,
)


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


def read_team_capacities(source: Source, node: yaml.Node | None) -> tuple[TeamCapacity, ...]:
    """Return the capacities of teams from `{back: [{channels: [chat], slots: 6}]}`."""
    found = []
    for index, (team, key, item) in enumerate(source.entries(node, "team_capacities")):
        where = f"team_capacities[{index}]"
        source.note(where, key)
        groups = read_capacities(source, item, f"{where}.capacities")
        found.append(TeamCapacity(team=team, capacities=groups))
    return tuple(found)


def read_interrupts(source: Source, node: yaml.Node | None) -> tuple[Interrupt, ...]:
    """Return the matrix from `{voice: [email, task]}`; left out, the usual one counts."""
    if node is None:
        return DEFAULT_INTERRUPTS
    found = []
    for index, (_, key, item) in enumerate(source.entries(node, "interrupts")):
        where = f"interrupts[{index}]"
        source.note(where, key)
        others = source.items(item, f"{where}.breaks_into", "what a channel breaks into")
        found.append(
            Interrupt(
                channel=source.channel(key, "who breaks in"),
                breaks_into=tuple(source.channel(o, "what is broken into") for o in others),
            )
        )
    return tuple(found)


def read_channel_priorities(source: Source, node: yaml.Node | None) -> tuple[ChannelPriority, ...]:
    """Return the precedence from `{voice: 3, chat: 1}`."""
    found = []
    for index, (name, key, item) in enumerate(source.entries(node, "channel_priorities")):
        source.note(f"channel_priorities[{index}]", item)
        found.append(
            ChannelPriority(
                channel=source.channel(key, "channel_priorities"),
                priority=source.whole(item, f"the priority of {name}", 0),
            )
        )
    return tuple(found)
