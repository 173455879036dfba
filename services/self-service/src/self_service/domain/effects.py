"""What a flow tells the customer and asks of others; each has an id that a repeat has too."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from self_service.domain.flow import Setting, Skill

NAMESPACE = uuid.UUID("6f0c6c1e-4c59-5d57-9c55-0d3f3d2f2a51")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A choice as a chat window may show it."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A message on a text channel."""

    effect_id: str
    text: str
    options: tuple[Option, ...] = ()
    is_notice: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Speak:
    effect_id: str
    text: str
    is_interruptible: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAloud:
    effect_id: str
    text: str
    max_digits: int
    terminator: str
    timeout_seconds: float
    digit_timeout_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestQueue:
    effect_id: str
    queue: str
    priority: int = 0
    skills: tuple[Skill, ...] = ()
    attributes: tuple[Setting, ...] = ()
    is_customer_unknown: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCallback:
    """Call the customer from the place in line; no number: where the customer came from."""

    effect_id: str
    number: str = field(default="", repr=False)
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayMusic:
    effect_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    effect_id: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseChannel:
    effect_id: str


Effect = (
    Write | Speak | AskAloud | RequestQueue | RequestCallback | PlayMusic | Finish | CloseChannel
)


def derived_id(workspace: str, contact_id: str, what: object) -> str:
    """Return the id of one thing of one contact: the same whenever it is asked for."""
    return str(uuid.uuid5(NAMESPACE, f"{workspace}|{contact_id}|{what}"))


def of_run(what: object, run: int) -> str:
    """Name one thing of one of the contact's flows."""
    return f"{run}/{what}" if run else str(what)
