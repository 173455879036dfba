"""Small values that facts and decisions carry."""

from dataclasses import dataclass


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


@dataclass(frozen=True, slots=True, order=True)
class Requirement:
    """A skill, and at least how well."""

    skill: str
    level: int


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


Needs = tuple[Requirement, ...]
"""Requirements, one for each skill, in the order of their names."""


def together(*needs: Needs) -> Needs:
    """Return all requirements as one; of two levels of a skill the higher counts."""
    levels: dict[str, int] = {}
    for requirement in (r for some in needs for r in some):
        levels[requirement.skill] = max(requirement.level, levels.get(requirement.skill, 0))
    return tuple(Requirement(skill, level) for skill, level in sorted(levels.items()))
