"""What an agent asks for in the next one: the words of the policy, which the router understands."""

from dataclasses import dataclass

MAX_WANTED = 100
MAX_NAME_CHARACTERS = 128
LEVELS = range(1, 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ability:
    name: str
    level: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """All of the skills and languages, of each group at least one, one of the teams, the brand.

    The attributes go with the contact, and the queue's rules look at them.
    """

    skills: tuple[Ability, ...] = ()
    any_of: tuple[tuple[Ability, ...], ...] = ()
    languages: tuple[Ability, ...] = ()
    teams: tuple[str, ...] = ()
    brand: str = ""
    attributes: tuple[tuple[str, str | float], ...] = ()

    @property
    def is_of_agents(self) -> bool:
        """Tell whether anything is asked of the next agent."""
        return bool(self.skills or self.any_of or self.languages or self.teams or self.brand)


NOTHING = Wanted()


def wanted_fault(wanted: Wanted) -> str:
    """Say what is wrong with it in itself; empty when nothing is."""
    abilities = [*wanted.skills, *wanted.languages, *(a for group in wanted.any_of for a in group)]
    names = [*(a.name for a in abilities), *wanted.teams, *(name for name, _ in wanted.attributes)]
    if len(names) > MAX_WANTED:
        return f"needs and attributes are more than {MAX_WANTED}"
    if not all(0 < len(name) <= MAX_NAME_CHARACTERS for name in names):
        return f"a name in needs or attributes must have 1 to {MAX_NAME_CHARACTERS} characters"
    values = [value for _, value in wanted.attributes if isinstance(value, str)]
    if any(len(text) > MAX_NAME_CHARACTERS for text in (wanted.brand, *values)):
        return f"a brand or value has more than {MAX_NAME_CHARACTERS} characters"
    if any(ability.level not in LEVELS for ability in abilities):
        return "a level is from 1 to 5"
    return "" if all(wanted.any_of) else "a group of any_of names no skill"
