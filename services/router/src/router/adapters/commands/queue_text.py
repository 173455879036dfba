"""A queue in the language of policy.yaml; read again, it is the same."""

from typing import Any

from router.adapters.commands.needs_text import needs_text, number_text, said
from router.domain.queues import Condition, Exit, Queue, Rule

DEFAULT = Queue(name="")


def queue_text(queue: Queue) -> dict[str, Any]:
    """Return the queue's fields; what is left out is as usual."""
    fields = {"name": queue.name, **said(needs_text(queue.requirements))}
    for name in ("target_seconds", "target_share", "short_abandon_seconds"):
        fields[name] = number_text(getattr(queue, name))
    fields |= said({"rings": _rings(queue)})
    if queue.ageing is not None:
        fields["ageing"] = {
            "every_seconds": number_text(queue.ageing.every_seconds),
            "step": queue.ageing.step,
            "most": queue.ageing.most,
        }
    if queue.order is not DEFAULT.order:
        fields["order"] = str(queue.order)
    if queue.offer_to != 1:
        fields["offer_to"] = queue.offer_to
    if queue.preferred is not None:
        fields["preferred"] = {"seconds": number_text(queue.preferred.seconds)}
        if queue.preferred.is_over_capacity:
            fields["preferred"]["over_capacity"] = True
    return fields | _chain(queue) | said({"rules": [_rule(rule) for rule in queue.rules]})


def _chain(queue: Queue) -> dict[str, Any]:
    overflow = None
    if queue.overflow_seconds or queue.on_overflow is not None:
        overflow = {
            "after_seconds": number_text(queue.overflow_seconds),
            "to": exit_text(queue.on_overflow),
        }
    return said(
        {
            "hours": queue.schedule,
            "on_closed": exit_text(queue.on_closed),
            "max_waiting": queue.max_waiting or None,
            "on_full": exit_text(queue.on_full),
            "overflow": overflow,
            "on_nobody": exit_text(queue.on_nobody),
        }
    )


def exit_text(way: Exit | None) -> Any:
    """Return `{queue: night}`, `{flow: closed}` or `eject`; None for no exit."""
    if way is None:
        return None
    return said({"queue": way.queue, "flow": way.flow}) or "eject"


def _rings(queue: Queue) -> list[dict[str, Any]]:
    """Return the rings; each says how it differs from the one before."""
    rings = []
    before = needs_text(queue.requirements)
    for ring in queue.rings:
        needs = needs_text(ring.needs)
        changed = {name: value for name, value in needs.items() if value != before[name]}
        without = {"without": list(ring.without)} if ring.without else {}
        rings.append({"after_seconds": number_text(ring.after_seconds), **without, **changed})
        before = needs
    return rings


def _rule(rule: Rule) -> dict[str, Any]:
    when = {condition.attribute: _condition(condition) for condition in rule.when}
    priority = {"priority": rule.priority} if rule.priority else {}
    return {"when": when, **said(needs_text(rule.needs)), **priority}


def _condition(condition: Condition) -> Any:
    if condition.at_least is None and condition.at_most is None:
        return list(condition.values)
    bounds = {"at_least": condition.at_least, "at_most": condition.at_most}
    return {name: number_text(bound) for name, bound in bounds.items() if bound is not None}
