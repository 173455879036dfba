"""Scenario files as blocks of commands and expected lines, and the words that stand in them."""

from collections.abc import Iterable

from router.domain.abilities import Kinds, from_kinds, in_order
from router.domain.contact_facts import Attributes
from router.domain.policy import Policy
from router.domain.queues import Value
from router.domain.values import Needs, Requirement, Skills

Block = tuple[int, list[str], list[str]]
"""The line that it begins at, its commands, and the lines that are expected."""
UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
NEEDS = ("skills", "any", "languages", "teams", "brand")
"""Options that say what a contact needs."""


class NotUnderstood(ValueError):
    """A command, or a word in it, that means nothing."""


def blocks(lines: Iterable[str]) -> list[Block]:
    """Return each block of a file: where it begins, its commands, and the expected lines.

    NotUnderstood where no ---- stands between the two.
    """
    found: list[Block] = []
    for number, text in enumerate([*lines, ""], start=1):
        line = text.strip()
        if line.startswith("#"):
            continue
        if not line:
            found.append((number + 1, [], []))
        elif line == "----":
            found[-1][1].append(line)
        elif not found:
            found.append((number, [line], []))
        elif "----" in found[-1][1]:
            found[-1][2].append(line)
        else:
            found[-1][1].append(line)
    for number, orders, _ in found:
        if orders and orders[-1] != "----":
            raise NotUnderstood(f"the block at line {number} has no line ---- after its commands")
    return [(number, orders[:-1], told) for number, orders, told in found if orders]


def by_idle_time(commands: list[str]) -> list[str]:
    """Agents with idle=… come in the order that gives them this time at the block's end."""
    idle = {c: float(c.split("idle=")[1].split("s")[0]) for c in commands if "idle=" in c}
    ordered: list[str] = []
    left = sorted(idle, key=lambda command: -idle[command])
    for command, following in zip(left, [*left[1:], ""], strict=False):
        gap = idle[command] - idle.get(following, 0.0)
        ordered += [command, f"tick {gap}s"]
    return ordered + [command for command in commands if command not in idle]


def seconds(text: str) -> float:
    """Return a time such as `20s`, `10m`, `2h` or `1d`."""
    digits = text[:-1] if text[-1:] in UNITS else text
    try:
        return float(digits) * UNITS.get(text[-1:], 1.0)
    except ValueError:
        raise NotUnderstood(f"{text!r} is no time such as 20s, 10m, 2h") from None


def abilities(*words: str) -> Skills:
    """Return requirements from `billing`, `billing:3` or `language:de:3`."""
    found = []
    for word in words:
        name, _, level = word.rpartition(":")
        is_levelled = bool(name) and level.isdigit()
        found.append(Requirement(name, int(level)) if is_levelled else Requirement(word, 1))
    return in_order(found)


def listed(text: str) -> list[str]:
    """Return the words between commas."""
    return [word for word in text.replace(",", " ").split() if word]


def needs_in(options: dict[str, str]) -> Needs:
    """Return what skills= any=a|b languages= teams= brand= say, and take them out."""
    given = {name: options.pop(name, "") for name in NEEDS}
    groups = [abilities(*group.split("|")) for group in listed(given["any"])]
    return from_kinds(
        Kinds(
            skills=abilities(*listed(given["skills"])),
            any_of=tuple(groups),
            languages=abilities(*listed(given["languages"])),
            teams=tuple(listed(given["teams"])),
            brand=given["brand"],
        )
    )


def attributes_in(options: dict[str, str], policy: Policy) -> Attributes:
    """Return the options that are attributes of the policy, and take them out."""
    found: dict[str, Value] = {}
    for attribute in policy.attributes:
        if attribute.name in options:
            text = options.pop(attribute.name)
            found[attribute.name] = text if attribute.enum_values else number(text)
    return tuple(sorted(found.items()))


def number(text: str) -> float:
    """Return the number."""
    try:
        return float(text)
    except ValueError:
        raise NotUnderstood(f"{text!r} is no number") from None


def nothing_left(command: str, options: dict[str, str]) -> None:
    """Refuse options that nobody asked for."""
    if options:
        raise NotUnderstood(f"{', '.join(options)} means nothing to {command!r}")
