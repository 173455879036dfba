"""What is decided about the rules, the roster, and records that are refused."""

from dataclasses import dataclass

from router.domain.reasons import Because


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterChanged:
    agent_id: str
    is_removed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyActivated:
    version: int
    content_sha256: str


@dataclass(frozen=True, slots=True)
class PolicyError:
    """Where in the policy (`queues[2].name`), and what is wrong and would be right."""

    path: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRefused:
    base_version: int
    errors: tuple[PolicyError, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineActivated:
    engine_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRejected:
    because: Because
    detail: str
    contact_id: str = ""
    agent_id: str = ""
    offer_id: str = ""
