"""What is asked for a contact, as far as the policy knows it."""

from router.domain.contact_facts import Attributes
from router.domain.queues import Value
from router.domain.reasons import Because, Refused
from router.domain.values import Needs
from router.domain.workspace import Workspace

MOST_PRIORITY = 1_000


def known_needs(ws: Workspace, needs: Needs, contact_id: str) -> Needs:
    """Return the needs, whose abilities the policy has; teams are as the roster names them."""
    for need in (*needs.skills, *(need for group in needs.any_of for need in group)):
        kind, mark, name = need.skill.partition(":")
        if not mark:
            is_known = need.skill in ws.rules.skills
        else:
            names = {"language": ws.rules.languages, "brand": ws.rules.brands}.get(kind)
            is_known = names is None or name in names
        if not is_known:
            raise Refused(Because.UNKNOWN_SKILL, f"skill {need.skill!r}", contact_id=contact_id)
    return needs


def known_attributes(ws: Workspace, attributes: Attributes) -> dict[str, Value]:
    """Return what the policy declares; anything else says nothing here."""
    declared = {a.name: a.enum_values for a in ws.rules.attributes}
    return {
        name: value
        for name, value in attributes
        if name in declared
        and (value in declared[name] if isinstance(value, str) else not declared[name])
    }


def bounded_priority(priority: int, contact_id: str) -> int:
    """Return the priority, which nobody may ask for without limit."""
    if abs(priority) > MOST_PRIORITY:
        detail = f"priority {priority} is not from -{MOST_PRIORITY} to {MOST_PRIORITY}"
        raise Refused(Because.INVALID_FIELD, detail, contact_id=contact_id)
    return priority
