"""What a contact needs, by kind: skills, languages, teams and brand are all abilities of agents."""

from collections.abc import Iterable
from typing import NamedTuple

from router.domain.values import Needs, Requirement, Skills

LANGUAGE, TEAM, BRAND = "language:", "team:", "brand:"


class Kinds(NamedTuple):
    """Needs taken apart; names are without the prefix of their kind."""

    skills: Skills = ()
    any_of: tuple[Skills, ...] = ()
    languages: Skills = ()
    teams: tuple[str, ...] = ()
    brand: str = ""


def from_kinds(kinds: Kinds) -> Needs:
    """Return the needs, in their one order; a repeat stays, for whoever checks them."""
    skills = [*kinds.skills, *prefixed(LANGUAGE, kinds.languages)]
    if kinds.brand:
        skills.append(Requirement(BRAND + kinds.brand, 1))
    groups = [in_order(group) for group in kinds.any_of]
    if kinds.teams:
        groups.append(in_order(Requirement(TEAM + team, 1) for team in kinds.teams))
    return Needs(in_order(skills), tuple(sorted(groups)))


def by_kind(needs: Needs) -> Kinds:
    """Return the needs taken apart; from_kinds makes the same needs of them again.

    Where needs of several origins came together, one group of teams and one brand are told as
    such, the others by their ability's name.
    """
    brands = [r for r in needs.skills if r.skill.startswith(BRAND) and r.level == 1]
    languages = tuple(r for r in needs.skills if r.skill.startswith(LANGUAGE))
    teams = next((group for group in needs.any_of if _is_of_teams(group)), ())
    apart = {*languages, *brands[:1]}
    groups = list(needs.any_of)
    if teams:
        groups.remove(teams)
    return Kinds(
        skills=tuple(r for r in needs.skills if r not in apart),
        any_of=tuple(groups),
        languages=unprefixed(LANGUAGE, languages),
        teams=tuple(r.skill.removeprefix(TEAM) for r in teams),
        brand=brands[0].skill.removeprefix(BRAND) if brands else "",
    )


def prefixed(prefix: str, requirements: Iterable[Requirement]) -> Skills:
    """Return the names as abilities of that kind."""
    return tuple(Requirement(prefix + r.skill, r.level) for r in requirements)


def unprefixed(prefix: str, requirements: Iterable[Requirement]) -> Skills:
    """Return the names without the prefix of their kind."""
    return tuple(Requirement(r.skill.removeprefix(prefix), r.level) for r in requirements)


def in_order(requirements: Iterable[Requirement]) -> Skills:
    """Return the requirements in the order of their names."""
    return tuple(sorted(requirements))


def _is_of_teams(group: Skills) -> bool:
    return bool(group) and all(r.skill.startswith(TEAM) and r.level == 1 for r in group)
