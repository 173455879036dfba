"""Texts with variables in braces: which they use, and what they become."""

from collections.abc import Mapping
from string import Formatter


class TemplateInvalid(ValueError):
    """The braces cannot be read; the message says what would be right."""


def variables_of(template: str) -> tuple[str, ...]:
    """Return the variables in the order of their use.

    Raises TemplateInvalid for a lone brace or for anything but a name in braces.
    """
    try:
        parsed = list(Formatter().parse(template))
    except ValueError as error:
        raise TemplateInvalid("a lone brace: write {{ and }} for braces that are meant") from error
    used = []
    for _, name, spec, conversion in parsed:
        if name is None:
            continue
        if spec or conversion or not name.isidentifier():
            raise TemplateInvalid(f"{{{name}}} is no variable: write {{name}}, or {{{{ for a brace")
        used.append(name)
    return tuple(used)


def render(template: str, values: Mapping[str, str]) -> str:
    """Put the values in; a variable that was never set is empty."""
    return "".join(
        literal + (values.get(name, "") if name else "")
        for literal, name, _, _ in Formatter().parse(template)
    )
