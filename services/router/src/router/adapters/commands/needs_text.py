"""Needs and numbers in the language of policy.yaml."""

from typing import Any

from router.domain.abilities import by_kind
from router.domain.values import Needs, Skills


def needs_text(needs: Needs) -> dict[str, Any]:
    """Return every field that says what is needed, empty ones too."""
    kinds = by_kind(needs)
    return {
        "requires": levels_text(kinds.skills),
        "any_of": [levels_text(group) for group in kinds.any_of],
        "speaks": levels_text(kinds.languages),
        "teams": list(kinds.teams),
        "brand": kinds.brand,
    }


def levels_text(skills: Skills) -> dict[str, int]:
    """Return `{billing: 2}`."""
    return dict(skills)


def said(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that say something."""
    return {name: value for name, value in fields.items() if value not in ("", None, [], {}, ())}


def number_text(number: float) -> float:
    """Return a whole number without its point."""
    return int(number) if number == int(number) else number
