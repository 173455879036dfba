"""The queues of policy.yaml."""

from typing import NamedTuple

import yaml

from router.adapters.commands.needs_file import (
    NEEDS_FIELDS,
    NeedsNodes,
    needs_nodes,
    read_needs,
)
from router.adapters.commands.source import Source
from router.domain.queues import (
    Ageing,
    AgentOrder,
    Condition,
    Exit,
    Preferred,
    Queue,
    Ring,
    Rule,
)

TARGETS = ("target_seconds", "target_share", "short_abandon_seconds")
CHAIN = ("hours", "on_closed", "max_waiting", "on_full", "overflow", "on_nobody")
QUEUE_FIELDS = (
    *("name", *NEEDS_FIELDS, *TARGETS),
    *("rings", "ageing", "order", "offer_to", "preferred", *CHAIN, "rules"),
)
EJECT = "eject"
DEFAULT = Queue(name="")


def read_queues(source: Source, node: yaml.Node | None) -> tuple[Queue, ...]:
    """Return the queues."""
    items = enumerate(source.items(node, "queues", "queues"))
    return tuple(_queue(source, item, f"queues[{index}]") for index, item in items)


class Overflow(NamedTuple):
    """After how long, and where to."""

    seconds: float = 0.0
    way: Exit | None = None


def _queue(source: Source, item: yaml.Node, where: str) -> Queue:
    given = source.mapping(item, where, "a queue", QUEUE_FIELDS)
    name = source.text(given.get("name"), "a queue's name")
    own = needs_nodes(given)
    overflow = _overflow(source, given.get("overflow"), where)
    if "hours" in given:
        source.note(f"{where}.schedule", given["hours"])
    return Queue(
        name=name,
        requirements=read_needs(
            source, own, f"{where}.needs", f"queue {name!r}", f"{where}.requirements"
        ),
        target_seconds=_number(source, given, "target_seconds"),
        target_share=_number(source, given, "target_share"),
        short_abandon_seconds=_number(source, given, "short_abandon_seconds"),
        rings=_rings(source, given.get("rings"), f"{where}.rings", own),
        ageing=_ageing(source, given.get("ageing"), f"{where}.ageing"),
        order=source.choice(given.get("order"), "order", AgentOrder, DEFAULT.order),
        offer_to=source.whole(given.get("offer_to"), "offer_to", DEFAULT.offer_to),
        preferred=_preferred(source, given.get("preferred"), f"{where}.preferred"),
        schedule=source.text(given.get("hours"), "hours"),
        on_closed=_exit(source, given.get("on_closed"), f"{where}.on_closed"),
        max_waiting=source.whole(given.get("max_waiting"), "max_waiting", 0),
        on_full=_exit(source, given.get("on_full"), f"{where}.on_full"),
        overflow_seconds=overflow.seconds,
        on_overflow=overflow.way,
        on_nobody=_exit(source, given.get("on_nobody"), f"{where}.on_nobody"),
        rules=_rules(source, given.get("rules"), f"{where}.rules"),
    )


def _number(source: Source, given: dict[str, yaml.Node], name: str) -> float:
    return source.number(given.get(name), name, getattr(DEFAULT, name))


def _rings(source: Source, node: yaml.Node | None, path: str, own: NeedsNodes) -> tuple[Ring, ...]:
    """Return the rings; what a ring does not say is as in the one before it."""
    rings, before = [], own
    for index, item in enumerate(source.items(node, path, "rings")):
        where = f"{path}[{index}]"
        given = source.mapping(item, where, "a ring", ("after_seconds", "without", *NEEDS_FIELDS))
        if "after_seconds" not in given:
            source.wrong(item, "a ring says after how many seconds it opens: after_seconds")
        before = needs_nodes(given).over(before)
        rings.append(
            Ring(
                after_seconds=source.number(given.get("after_seconds"), "after_seconds", 1.0),
                needs=read_needs(source, before, f"{where}.needs", f"ring {index + 1}"),
                without=source.texts(given.get("without"), f"{where}.without", "without"),
            )
        )
    return tuple(rings)


def _ageing(source: Source, node: yaml.Node | None, path: str) -> Ageing | None:
    if node is None:
        return None
    given = source.mapping(node, path, "ageing", ("every_seconds", "step", "most"))
    for name in ("every_seconds", "most"):
        if name not in given:
            source.wrong(node, f"ageing names no {name}")
    return Ageing(
        every_seconds=source.number(given.get("every_seconds"), "every_seconds", 1.0),
        step=source.whole(given.get("step"), "step", 1),
        most=source.whole(given.get("most"), "most", 1),
    )


def _preferred(source: Source, node: yaml.Node | None, path: str) -> Preferred | None:
    if node is None:
        return None
    given = source.mapping(node, path, "preferred", ("seconds", "over_capacity"))
    if "seconds" not in given:
        source.wrong(node, "preferred says for how many seconds: seconds")
    over = source.flag(given.get("over_capacity"), "over_capacity", False)
    return Preferred(
        seconds=source.number(given.get("seconds"), "seconds", 1.0), is_over_capacity=over
    )


def _exit(source: Source, node: yaml.Node | None, path: str) -> Exit | None:
    if node is None:
        return None
    if isinstance(node, yaml.ScalarNode):
        if node.value != EJECT:
            source.wrong(
                node, f"an exit is {{queue: NAME}}, {{flow: NAME}} or eject, not {node.value!r}"
            )
        return Exit()
    given = source.mapping(node, path, "an exit", ("queue", "flow"))
    if not given:
        source.wrong(node, "an exit names a queue or a flow; to send people away say: eject")
    return Exit(
        queue=source.text(given.get("queue"), "a queue"),
        flow=source.text(given.get("flow"), "a flow"),
    )


def _overflow(source: Source, node: yaml.Node | None, where: str) -> Overflow:
    if node is None:
        return Overflow()
    source.note(f"{where}.overflow_seconds", node)
    source.note(f"{where}.on_overflow", node)
    given = source.mapping(node, f"{where}.overflow", "overflow", ("after_seconds", "to"))
    for name in ("after_seconds", "to"):
        if name not in given:
            example = "{after_seconds: 120, to: {queue: NAME}}"
            source.wrong(node, f"overflow names no {name}; say {example}")
    return Overflow(
        source.number(given.get("after_seconds"), "after_seconds", 1.0),
        _exit(source, given.get("to"), f"{where}.on_overflow"),
    )


def _rules(source: Source, node: yaml.Node | None, path: str) -> tuple[Rule, ...]:
    rules = []
    for index, item in enumerate(source.items(node, path, "rules")):
        where = f"{path}[{index}]"
        given = source.mapping(item, where, "a rule", ("when", "priority", *NEEDS_FIELDS))
        rules.append(
            Rule(
                when=_conditions(source, given.get("when"), f"{where}.when"),
                needs=read_needs(source, needs_nodes(given), f"{where}.needs", f"rule {index + 1}"),
                priority=source.whole(given.get("priority"), "priority", 0),
            )
        )
    return tuple(rules)


def _conditions(source: Source, node: yaml.Node | None, path: str) -> tuple[Condition, ...]:
    """Return the conditions from `{tier: [gold, platinum], amount: {at_least: 1000}}`."""
    found = []
    for index, (name, key, value) in enumerate(source.entries(node, "when")):
        where = f"{path}[{index}]"
        source.note(where, key)
        if isinstance(value, yaml.MappingNode):
            bounds = source.mapping(value, where, f"when {name}", ("at_least", "at_most"))
            found.append(
                Condition(
                    attribute=name,
                    at_least=_bound(source, bounds, "at_least"),
                    at_most=_bound(source, bounds, "at_most"),
                )
            )
            continue
        is_one = isinstance(value, yaml.ScalarNode)
        values = (
            (source.text(value, name),) if is_one else source.texts(value, f"{where}.values", name)
        )
        found.append(Condition(attribute=name, values=values))
    return tuple(found)


def _bound(source: Source, bounds: dict[str, yaml.Node], name: str) -> float | None:
    return source.number(bounds[name], name, 0.0) if name in bounds else None
