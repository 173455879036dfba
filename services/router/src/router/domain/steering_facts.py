"""What is said by those who steer, and by the clock."""

from dataclasses import dataclass

from router.domain.policy import Policy, RosterAgent
from router.domain.reasons import Because


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyProposed:
    policy: Policy
    base_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDefined:
    agent: RosterAgent


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRemoved:
    agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterDeclared:
    agent_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineVersionActivated:
    engine_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockTicked:
    """`applied_step`: up to which step the output was said when this was written; 0: unknown."""

    due_at: int
    applied_step: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """A record that says nothing that can be understood, and why."""

    because: Because
    detail: str
