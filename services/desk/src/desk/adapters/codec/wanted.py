"""What an agent asks for in the next one, from the stream and into the fact."""

from collections.abc import Iterable
from typing import Any

from contact_center.v1 import common_pb2 as common
from contact_center.v1 import contact_events_pb2 as events
from contact_center.v1 import policy_pb2 as policy
from desk.domain.wanted import Ability, Wanted


def wanted_from(needs: policy.Needs, attributes: Iterable[common.Attribute]) -> Wanted:
    """Return what is asked for, as it stands; its faults are the domain's."""
    return Wanted(
        skills=_abilities(needs.skills),
        any_of=tuple(_abilities(group.skills) for group in needs.any_of),
        languages=_abilities(needs.languages),
        teams=tuple(needs.teams),
        brand=needs.brand,
        attributes=tuple((a.name, _value(a)) for a in attributes),
    )


def write_wanted(body: events.TransferRequested | events.ConsultRequested, wanted: Wanted) -> None:
    """Put it into the fact."""
    if wanted.is_of_agents:
        body.needs.CopyFrom(
            policy.Needs(
                skills=_requirements(wanted.skills),
                any_of=[policy.Alternatives(skills=_requirements(g)) for g in wanted.any_of],
                languages=_requirements(wanted.languages),
                teams=wanted.teams,
                brand=wanted.brand,
            )
        )
    for name, value in wanted.attributes:
        said: dict[str, Any] = (
            {"enum_value": value} if isinstance(value, str) else {"number": value}
        )
        body.attributes.append(common.Attribute(name=name, **said))


def _abilities(requirements: Iterable[common.Requirement]) -> tuple[Ability, ...]:
    return tuple(Ability(name=r.skill, level=r.level) for r in requirements)


def _requirements(abilities: Iterable[Ability]) -> list[common.Requirement]:
    return [common.Requirement(skill=a.name, level=a.level) for a in abilities]


def _value(attribute: common.Attribute) -> str | float:
    is_number = attribute.WhichOneof("value") == "number"
    return attribute.number if is_number else attribute.enum_value
