"""What is decided about the rules, the roster, and records that are refused."""

from dataclasses import dataclass

from router.domain.reasons import Because


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterChanged:
    agent_id: str
    is_removed: bool
    adjusted_fields: tuple[str, ...] = ()
    adjusted_until: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueStateChanged:
    """`until` is 0 for a pause without an end; `by` is empty when its time was over."""

    queue: str
    is_paused: bool
    until: int = 0
    by: str = ""


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
