"""What is wrong with skills, languages, teams and brands that somebody needs or has."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from router.domain.abilities import BRAND, LANGUAGE, Kinds, by_kind
from router.domain.naming import NAME, NAME_RULE, unknown
from router.domain.policy import AttributeDeclaration, Policy
from router.domain.steering_decisions import PolicyError
from router.domain.values import Needs, Skills

LEVELS = range(1, 6)
MOST_NEEDS = 100


@dataclass(frozen=True, slots=True)
class Declared:
    """The names that a policy declares."""

    skills: Collection[str] = ()
    languages: Collection[str] = ()
    brands: Collection[str] = ()
    queues: Collection[str] = ()
    schedules: Collection[str] = ()
    attributes: dict[str, AttributeDeclaration] = field(default_factory=dict)

    @classmethod
    def of(cls, policy: Policy) -> "Declared":
        """Return what this policy declares."""
        return cls(
            skills=set(policy.skills),
            languages=set(policy.languages),
            brands=set(policy.brands),
            queues={queue.name for queue in policy.queues},
            schedules={schedule.name for schedule in policy.schedules},
            attributes={attribute.name: attribute for attribute in policy.attributes},
        )

    def is_ability(self, name: str) -> bool:
        """Tell whether a skill, or a language or brand by its prefix, is declared so."""
        if name.startswith(LANGUAGE):
            return name.removeprefix(LANGUAGE) in self.languages
        if name.startswith(BRAND):
            return name.removeprefix(BRAND) in self.brands
        return name in self.skills


def needs_errors(
    path: str, what: str, needs: Needs, declared: Declared, skills_path: str = ""
) -> Iterator[PolicyError]:
    """Yield what is wrong with needs, in the contract's paths."""
    kinds = by_kind(needs)
    count = len(needs.skills) + sum(map(len, needs.any_of))
    if count > MOST_NEEDS:
        yield PolicyError(path, f"{what} {count} abilities; at most {MOST_NEEDS} are possible")
        return
    yield from skill_errors(
        skills_path or f"{path}.skills", what, "skill", kinds.skills, declared.skills
    )
    for index, group in enumerate(kinds.any_of):
        where = f"{path}.any_of[{index}]"
        if not group:
            yield PolicyError(where, f"{what} one of nothing: name at least one skill")
        yield from skill_errors(f"{where}.skills", what, "skill", group, declared.skills)
    yield from skill_errors(
        f"{path}.languages", what, "language", kinds.languages, declared.languages
    )
    yield from _place_errors(path, what, kinds, declared)


def skill_errors(
    path: str, what: str, kind: str, skills: Skills, known: Collection[str]
) -> Iterator[PolicyError]:
    """Yield what is wrong with a list of skills (or languages) and levels."""
    seen: set[str] = set()
    for index, (name, level) in enumerate(skills):
        where = f"{path}[{index}]"
        if name not in known:
            yield PolicyError(f"{where}.skill", unknown(what, kind, name, known))
        if name in seen:
            yield PolicyError(f"{where}.skill", f"{kind} {name!r} is there already")
        if level not in LEVELS:
            message = f"level {level} of {kind} {name!r} is not from 1 to 5"
            yield PolicyError(f"{where}.level", message)
        seen.add(name)


def team_error(path: str, team: str) -> Iterator[PolicyError]:
    """Yield what is wrong with a team's name; teams are made by the roster, not declared."""
    if not NAME.fullmatch(team):
        yield PolicyError(path, f"team {team[:128]!r} is no name; use {NAME_RULE}")


def _place_errors(path: str, what: str, kinds: Kinds, declared: Declared) -> Iterator[PolicyError]:
    for index, team in enumerate(kinds.teams):
        yield from team_error(f"{path}.teams[{index}]", team)
    if kinds.brand and kinds.brand not in declared.brands:
        yield PolicyError(f"{path}.brand", unknown(what, "brand", kinds.brand, declared.brands))
