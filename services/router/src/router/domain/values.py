"""Small values that facts and decisions carry."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """Personal data that nobody opens here."""

    key_id: str
    nonce: bytes
    ciphertext: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressToken:
    kind: str
    token: str
    is_verified: bool
    address: Sealed | None


class Requirement(NamedTuple):
    """An ability (a skill, or `language:de`, `team:front`, `brand:x`), and at least how well."""

    skill: str
    level: int


Skills = tuple[Requirement, ...]
"""Requirements, one for each ability, in the order of their names."""


class Needs(NamedTuple):
    """What an agent must have: all of the skills, and of each group at least one."""

    skills: Skills = ()
    any_of: tuple[Skills, ...] = ()


NO_NEEDS = Needs()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """Where a contact comes from: the first of its line and the one just before it."""

    initial_id: str = ""
    previous_id: str = ""
    related_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    partition: int
    offset: int


def together(*needs: Needs) -> Needs:
    """Return all needs as one; of two levels of a skill the higher counts."""
    some = [need for need in needs if need != NO_NEEDS]
    if len(some) < 2:
        return some[0] if some else NO_NEEDS
    levels: dict[str, int] = {}
    for skill, level in (requirement for need in some for requirement in need.skills):
        levels[skill] = max(level, levels.get(skill, 0))
    groups = {group for need in some for group in need.any_of}
    return Needs(
        tuple(Requirement(*pair) for pair in sorted(levels.items())), tuple(sorted(groups))
    )


def without(needs: Needs, skills: Collection[str]) -> Needs:
    """Return the needs without these skills; a group that they were all of is gone."""
    if not skills:
        return needs
    groups = (tuple(r for r in group if r.skill not in skills) for group in needs.any_of)
    kept = tuple(r for r in needs.skills if r.skill not in skills)
    return Needs(kept, tuple(group for group in groups if group))
