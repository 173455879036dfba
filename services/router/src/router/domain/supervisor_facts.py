"""What supervisors say; it takes effect with the next decision. `by` is the supervisor's id."""

from dataclasses import dataclass

from router.domain.policy import RosterAgent
from router.domain.words import Presence

ADJUSTABLE = (
    "team",
    "skills",
    "languages",
    "brands",
    "queues",
    "capacities",
    "preferences",
    "voice_address",
)
"""What of an agent may be adjusted, in the contract's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentAdjusted:
    """No fields: the adjustment is taken back. 0 seconds: it never expires."""

    agent: RosterAgent
    fields: tuple[str, ...]
    expires_seconds: float = 0.0
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePaused:
    queue: str
    is_paused: bool
    expires_seconds: float = 0.0
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceForced:
    agent_id: str
    presence: Presence
    reason_code: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactMoved:
    contact_id: str
    queue: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPrioritised:
    contact_id: str
    priority: int
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactReassigned:
    contact_id: str
    agent_id: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPulledBack:
    contact_id: str
    by: str = ""
