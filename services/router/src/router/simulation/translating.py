"""A word of the log as it is said in a simulation: the same, about what stands there for it."""

from dataclasses import fields, replace
from functools import cache
from typing import Any

from router.domain.record import Fact
from router.domain.workspace import Workspace
from router.simulation.day import Word
from router.simulation.stages import OFFER_KINDS, Stage, Stages


def translated(word: Word, stage: Stage | None, stages: Stages, ws: Workspace) -> Fact:
    """Return the word's fact with this world's ids; the very fact when they are the same.

    `stage` is the one it answers here: whose contact, offer and agent are meant.
    """
    fact: Any = word.record.fact
    kind: Any = type(fact)
    names = _names(kind)
    changes: dict[str, Any] = {}
    if "contact_id" in names and fact.contact_id:
        name = stage.contact if stage is not None and _names_its_own(word) else word.contact
        changes["contact_id"] = stages.id_of(name)
    if "offer_id" in names and stage is not None and stage.kind in OFFER_KINDS:
        changes["offer_id"] = stages.offer_id_of(stage)
    agent_id = getattr(fact, "agent_id", "")
    if agent_id and word.is_of_holder and stage is not None:
        agent_id = changes["agent_id"] = _holder(stage, stages, ws) or agent_id
    agent = ws.agents.get(agent_id)
    if agent is not None and word.is_of_session and "session_number" in names:
        changes["session_number"] = agent.session_number
        if "desk_instance" in names and agent_id != fact.agent_id:
            changes["desk_instance"] = agent.desk_instance
    different = {name: value for name, value in changes.items() if getattr(fact, name) != value}
    same: Fact = replace(fact, **different) if different else fact
    return same


def _names_its_own(word: Word) -> bool:
    """Tell whether the contact that it names is the one whose stage it answers."""
    return word.answers is not None and word.answers.contact == word.contact


def _holder(stage: Stage, stages: Stages, ws: Workspace) -> str:
    """Return who has the offer or the contact here."""
    if stage.kind in OFFER_KINDS:
        return stage.agent
    contact = ws.contacts.get(stages.id_of(stage.contact))
    return contact.agent_id if contact is not None else stage.agent


@cache
def _names(kind: type) -> frozenset[str]:
    return frozenset(field.name for field in fields(kind))
