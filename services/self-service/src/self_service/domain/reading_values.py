"""Reading what a step asks of the router: skills and attributes."""

from self_service.domain.document import Reference
from self_service.domain.fields import Fields, number, scalar
from self_service.domain.flow import Setting, Skill
from self_service.domain.texts import note_variables


def read_skills(fields: Fields) -> tuple[Skill, ...]:
    skills = []
    for name, node in fields.entries("skills").items():
        level = number(node, f"{fields.where}: level of skill {name!r}", 1, 5, fields.draft)
        skills.append(Skill(name=name, level=int(level)))
    return tuple(skills)


def read_attributes(fields: Fields) -> tuple[Setting, ...]:
    settings = []
    for name, node in fields.entries("attributes").items():
        value = scalar(node, f"{fields.where}: attribute {name!r}", fields.draft)
        note_variables(node.line, f"{fields.where}: attribute {name!r}", value, fields.draft)
        is_number = fields.draft.attributes.get(name) == ()
        fields.draft.attribute_values.append(Reference(node.line, fields.where, name, (value,)))
        settings.append(Setting(name=name, template=value, is_number=is_number))
    return tuple(settings)
