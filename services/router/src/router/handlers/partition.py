"""One partition of the log: its position, and an engine for each workspace in it."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Protocol

from router.domain.engine import Engine
from router.domain.policy import Policy
from router.domain.record import Fact, Record, Step
from router.domain.steering_decisions import PolicyActivated
from router.domain.steering_facts import Malformed, PolicyProposed
from router.domain.workspace import Workspace

WORKSPACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class Decoded(Protocol):
    """What a record says."""

    @property
    def event_id(self) -> str: ...
    @property
    def event_type(self) -> str: ...
    @property
    def fact(self) -> Fact: ...


@dataclass(frozen=True, slots=True)
class Raw:
    """A record as it lies in the log; a missing key or value is empty."""

    offset: int
    stamp: int
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


class Decision(NamedTuple):
    """What a record led to: the step, and the policy if one became active."""

    step: Step
    policy: Policy | None


@dataclass(frozen=True, slots=True)
class Parked:
    """A record that belongs to no workspace, and why."""

    reason: str


class LogHasGap(Exception):
    """The next record is not the one that follows: state would silently diverge."""


class Partition:
    """Applies records in order; `position` is the offset of the last one applied."""

    def __init__(
        self,
        number: int,
        decode: Callable[[bytes, str], Decoded],
        is_mine: Callable[[bytes], bool],
    ) -> None:
        """`is_mine` tells whether a key belongs to this partition by the log's own rule."""
        self.number = number
        self.position = -1
        self.engines: dict[str, Engine] = {}
        self._restored: dict[str, int] = {}
        self._decode = decode
        self._is_mine = is_mine

    def restore(self, snapshots: Iterable[tuple[Workspace, int]]) -> None:
        """Start from these: each workspace with the offset it was taken at.

        Records are read again from the earliest of them; each engine skips what it knows.
        """
        for workspace, offset in snapshots:
            self.engines[workspace.name] = Engine(workspace)
            self._restored[workspace.name] = offset
        self.position = min(self._restored.values(), default=-1)

    def take(self, raw: Raw) -> Decision | Parked | None:
        """Apply the record; None when it was applied before.

        Raises LogHasGap when records are missing before it.
        """
        if raw.offset <= self.position:
            return None
        if raw.offset != self.position + 1:
            raise LogHasGap(
                f"partition {self.number}: {raw.offset} follows {self.position}, which leaves a gap"
            )
        outcome = self._apply(raw)
        self.position = raw.offset
        return outcome

    def _apply(self, raw: Raw) -> Decision | Parked | None:
        workspace = _workspace_of(raw.key)
        if workspace is None:
            return Parked("the key names no workspace")
        if raw.offset <= self._restored.get(workspace, -1):
            return None
        decoded = self._decode(raw.value, workspace)
        engine = self.engines.get(workspace)
        if engine is None:
            if isinstance(decoded.fact, Malformed):
                return Parked(f"no such workspace is known here, and: {decoded.fact.detail}")
            if not self._is_mine(raw.key):
                return Parked("the key belongs to another partition")
            engine = self.engines[workspace] = Engine(Workspace(workspace))
        step = engine.apply(
            Record(
                partition=self.number,
                offset=raw.offset,
                stamp=raw.stamp,
                event_id=decoded.event_id,
                event_type=decoded.event_type,
                fact=decoded.fact,
            )
        )
        is_proposal = isinstance(decoded.fact, PolicyProposed)
        if is_proposal and any(isinstance(d.decision, PolicyActivated) for d in step.decisions):
            return Decision(step, engine.workspace.policy)
        return Decision(step, None)


@lru_cache(maxsize=4_096)
def _workspace_of(key: bytes) -> str | None:
    try:
        name = key.decode("ascii")
    except UnicodeDecodeError:
        return None
    return name if WORKSPACE.fullmatch(name) else None
