"""What an agent must have, both ways: languages, teams and brand are abilities in the domain."""

import math
from collections.abc import Iterable

from contact_center.v1 import common_pb2, policy_pb2
from router.adapters.codec.names import BadField
from router.adapters.codec.values import MAX_ITEMS, short
from router.domain.abilities import Kinds, by_kind, from_kinds
from router.domain.contact_facts import Attributes
from router.domain.queues import Value
from router.domain.values import NO_NEEDS, Needs, Requirement, Skills

LEVELS = range(1, 6)


def contact_needs_from(
    requirements: Iterable[common_pb2.Requirement], needs: policy_pb2.Needs | None = None
) -> Needs:
    """Return what a contact needs, each ability once; BadField for too many and wrong levels."""
    skills = requirements_from(requirements)
    if needs is None:
        return _skills_alone(skills) if skills else NO_NEEDS
    kinds = _kinds(needs)
    for field, count in (
        ("requirements", len(skills) + len(kinds.skills)),
        ("needs.any_of", sum(map(len, kinds.any_of))),
        ("needs.languages", len(kinds.languages)),
        ("needs.teams", len(kinds.teams)),
    ):
        _check_count(field, count)
    for requirement in (*skills, *kinds.skills, *kinds.languages, *_flat(kinds.any_of)):
        _check(requirement)
    for name in (*kinds.teams, kinds.brand):
        short(name, "needs")
    if not all(kinds.any_of):
        raise BadField("needs.any_of has a group without skills")
    return _once(from_kinds(kinds._replace(skills=skills + kinds.skills)))


def needs_from(
    message: policy_pb2.Needs, requirements: Iterable[common_pb2.Requirement] = ()
) -> Needs:
    """Return what a policy says is needed, as it stands; its check is the domain's."""
    kinds = _kinds(message)
    return from_kinds(kinds._replace(skills=requirements_from(requirements) + kinds.skills))


def needs_to(needs: Needs) -> policy_pb2.Needs:
    """Return all that is needed."""
    kinds = by_kind(needs)
    return policy_pb2.Needs(
        skills=requirements_to(kinds.skills),
        any_of=[policy_pb2.Alternatives(skills=requirements_to(g)) for g in kinds.any_of],
        languages=requirements_to(kinds.languages),
        teams=kinds.teams,
        brand=kinds.brand,
    )


def apart(needs: Needs) -> tuple[list[common_pb2.Requirement], policy_pb2.Needs | None]:
    """Return the plain skills, and the rest of the needs; None when there is no rest."""
    if not needs.any_of and not any(":" in r.skill for r in needs.skills):
        return requirements_to(needs.skills), None
    rest = needs_to(needs)
    skills = list(rest.skills)
    rest.ClearField("skills")
    return skills, rest if rest.ByteSize() else None


def requirements_from(messages: Iterable[common_pb2.Requirement]) -> Skills:
    """Return skills and levels as they stand; a level left out means 1."""
    return tuple(Requirement(message.skill, message.level or 1) for message in messages)


def requirements_to(skills: Skills) -> list[common_pb2.Requirement]:
    """Return skills and levels."""
    return [common_pb2.Requirement(skill=skill, level=level) for skill, level in skills]


def attributes_from(messages: Iterable[common_pb2.Attribute]) -> Attributes:
    """Return names with values, in the order of their names; the last word on a name counts."""
    found: dict[str, Value] = {}
    for message in messages:
        name = short(message.name, "attributes")
        kind = message.WhichOneof("value")
        if not name or kind is None:
            raise BadField("attributes has an entry without a name or a value")
        if kind == "number" and not math.isfinite(message.number):
            raise BadField(f"attribute {name!r} is no number")
        found[name] = (
            message.number if kind == "number" else short(message.enum_value, "attributes")
        )
    if len(found) > MAX_ITEMS:
        raise BadField(f"attributes has {len(found)} entries; at most {MAX_ITEMS} are allowed")
    return tuple(sorted(found.items()))


def _kinds(message: policy_pb2.Needs) -> Kinds:
    return Kinds(
        skills=requirements_from(message.skills),
        any_of=tuple(requirements_from(group.skills) for group in message.any_of),
        languages=requirements_from(message.languages),
        teams=tuple(message.teams),
        brand=message.brand,
    )


def _skills_alone(skills: Skills) -> Needs:
    """The way of nearly every contact, and thus the short one."""
    _check_count("requirements", len(skills))
    for requirement in skills:
        _check(requirement)
    return Needs(_levels_once(skills))


def _check_count(field: str, count: int) -> None:
    if count > MAX_ITEMS:
        raise BadField(f"{field} has {count} entries; at most {MAX_ITEMS} are allowed")


def _once(needs: Needs) -> Needs:
    """Return the needs with each ability once, at its higher level."""
    groups = {tuple(sorted(set(group))) for group in needs.any_of}
    return Needs(_levels_once(needs.skills), tuple(sorted(groups)))


def _levels_once(skills: Skills) -> Skills:
    """Return each ability once, at its higher level, in the order of their names."""
    if len(skills) == 1:
        return skills
    levels: dict[str, int] = {}
    for skill, level in skills:
        levels[skill] = max(level, levels.get(skill, 0))
    return tuple(Requirement(*pair) for pair in sorted(levels.items()))


def _check(requirement: Requirement) -> None:
    short(requirement.skill, "skill")
    if requirement.level not in LEVELS:
        raise BadField(f"requirements: level {requirement.level} is not from 1 to 5")


def _flat(groups: Iterable[Skills]) -> Iterable[Requirement]:
    return (requirement for group in groups for requirement in group)
