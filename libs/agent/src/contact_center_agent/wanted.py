"""What the next agent must have, as people write it: `skills=vip:2 languages=de tier=gold`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from contact_center.v1 import common_pb2 as common
from contact_center.v1 import policy_pb2 as policy

WORDS = ("skills", "any", "languages", "teams", "brand")


@dataclass(frozen=True)
class Wanted:
    """Needs in the policy's words, and attributes that the policy declares."""

    needs: policy.Needs = field(default_factory=policy.Needs)
    attributes: Mapping[str, str | float] = field(default_factory=dict)

    def as_attributes(self) -> list[common.Attribute]:
        """Return the attributes as the contract has them."""
        return [
            common.Attribute(name=name, enum_value=value)
            if isinstance(value, str)
            else common.Attribute(name=name, number=value)
            for name, value in self.attributes.items()
        ]


def wanted_in(text: str) -> Wanted:
    """Return what the words between spaces say; ValueError for one that is no `name=value`.

    `skills=vip:2,sales`, `any=sales:3|support` (one of them), `languages=de:3`, `teams=back,front`
    (one of them), `brand=acme`; any other name is an attribute, with a word or a number.
    """
    needs, attributes = policy.Needs(), dict[str, str | float]()
    for word in text.split():
        name, sign, value = word.partition("=")
        if not (name and sign and value):
            raise ValueError(f"{word!r} is no {', '.join(WORDS)}, or attribute, with =")
        match name:
            case "skills":
                needs.skills.extend(_levelled(value.split(",")))
            case "languages":
                needs.languages.extend(_levelled(value.split(",")))
            case "any":
                for group in value.split(","):
                    needs.any_of.add(skills=_levelled(group.split("|")))
            case "teams":
                needs.teams.extend(value.split(","))
            case "brand":
                needs.brand = value
            case _:
                attributes[name] = _number(value)
    return Wanted(needs, attributes)


def _levelled(words: Iterable[str]) -> list[common.Requirement]:
    found = []
    for word in words:
        name, _, level = word.rpartition(":")
        skill, number = (name, int(level)) if name and level.isdecimal() else (word, 1)
        if not skill:
            raise ValueError("a name is missing")
        found.append(common.Requirement(skill=skill, level=number))
    return found


def _number(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text
