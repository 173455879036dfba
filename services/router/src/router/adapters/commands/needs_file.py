"""What an agent must have, as policy.yaml says it."""

from typing import NamedTuple

import yaml

from router.adapters.commands.source import Source
from router.domain.abilities import Kinds, from_kinds
from router.domain.values import Needs, Requirement, Skills

NEEDS_FIELDS = ("requires", "any_of", "speaks", "teams", "brand")


class NeedsNodes(NamedTuple):
    """Where the fields stand, for those who inherit them."""

    fields: dict[str, yaml.Node]

    def over(self, inner: "NeedsNodes") -> "NeedsNodes":
        """Return these fields, and those of the other that are not said here."""
        return NeedsNodes(inner.fields | self.fields)


def needs_nodes(given: dict[str, yaml.Node]) -> NeedsNodes:
    """Return the fields that say what is needed."""
    return NeedsNodes({name: given[name] for name in NEEDS_FIELDS if name in given})


def read_needs(
    source: Source, nodes: NeedsNodes, where: str, what: str, skills_path: str = ""
) -> Needs:
    """Return the needs; each of them stands where the contract's path says."""
    at = nodes.fields
    if "brand" in at:
        source.note(f"{where}.brand", at["brand"])
    skills = skills_path or f"{where}.skills"
    return from_kinds(
        Kinds(
            skills=read_levels(source, at.get("requires"), skills, f"what {what} requires"),
            any_of=_groups(source, at.get("any_of"), f"{where}.any_of", what),
            languages=read_levels(
                source, at.get("speaks"), f"{where}.languages", f"what {what} speaks"
            ),
            teams=_teams(source, at.get("teams"), f"{where}.teams", what),
            brand=source.text(at.get("brand"), "a brand"),
        )
    )


def read_levels(source: Source, node: yaml.Node | None, path: str, what: str) -> Skills:
    """Return names with levels from `{billing: 2, german: 1}`, in the order of their names."""
    return _noted(source, _levels(source, node, what), path)


def _levels(
    source: Source, node: yaml.Node | None, what: str
) -> list[tuple[Requirement, yaml.Node]]:
    entries = sorted(source.entries(node, what), key=lambda entry: entry[0])
    return [
        (Requirement(name, source.whole(value, f"the level of {name!r}", 1)), value)
        for name, _, value in entries
    ]


def _noted(source: Source, levels: list[tuple[Requirement, yaml.Node]], path: str) -> Skills:
    for index, (_, value) in enumerate(levels):
        for field in ("skill", "level"):
            source.note(f"{path}[{index}].{field}", value)
    return tuple(requirement for requirement, _ in levels)


def _groups(source: Source, node: yaml.Node | None, path: str, what: str) -> tuple[Skills, ...]:
    """Return the groups in their one order, and note their lines in that order."""
    items = source.items(node, f"{path}.as_written", f"any_of of {what}")
    groups = [(_levels(source, item, "a group of any_of"), item) for item in items]
    groups.sort(key=lambda entry: [requirement for requirement, _ in entry[0]])
    for index, (_, item) in enumerate(groups):
        source.note(f"{path}[{index}]", item)
    return tuple(
        _noted(source, levels, f"{path}[{index}].skills")
        for index, (levels, _) in enumerate(groups)
    )


def _teams(source: Source, node: yaml.Node | None, path: str, what: str) -> tuple[str, ...]:
    items = source.items(node, f"{path}.as_written", f"the teams that {what} may be of")
    named = {source.text(item, "a team"): item for item in items}
    for index, (_, item) in enumerate(sorted(named.items())):
        source.note(f"{path}[{index}]", item)
    return tuple(sorted(named))
