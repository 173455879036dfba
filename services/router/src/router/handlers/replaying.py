"""Replays a log and compares what the engine says now with what was said then."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from router.domain.record import Step
from router.handlers.partition import Decision, Partition, Raw

MOST_PENDING = 10_000
MOST_REMEMBERED = 20_000
"""Of how many steps it is known whether a repeat has the same bytes."""


class Kind(StrEnum):
    """How a replay differs from what was said."""

    OTHER_BYTES = "other_bytes"
    NEVER_SAID = "never_said"
    NOT_REACHED = "not_reached"
    REPEATED_OTHERWISE = "repeated_otherwise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A step as it lies in the output; `cause` is the offset of the record it answers."""

    step_number: int
    cause: int
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where the two part; `said` or `replayed` is empty when there is no such step."""

    kind: Kind
    step_number: int
    cause: int
    said: bytes = b""
    replayed: bytes = b""


@dataclass(slots=True)
class Counts:
    """What a replay saw."""

    records: int = 0
    parked: int = 0
    same: int = 0
    repeated: int = 0
    no_longer_said: int = 0
    not_said_yet: int = 0


class Replay:
    """Give it records and steps, each in its own order; a step may not come before its record.

    Steps of what the partition knows already, or before `compare_from`, are not compared.
    """

    def __init__(
        self, partition: Partition, encode: Callable[[Step], bytes], compare_from: int = 0
    ) -> None:
        self.partition = partition
        self.counts = Counts()
        self.difference: Difference | None = None
        self._encode = encode
        self._compare_from = compare_from
        self._begins_after = partition.position
        self._pending: OrderedDict[int, tuple[int, bytes]] = OrderedDict()
        self._known: OrderedDict[int, bytes] = OrderedDict()
        self._last_said = 0
        self._let_go = 0
        """Steps that nothing was compared with, so far."""

    def take(self, raw: Raw) -> None:
        """Apply a record of the log; those of other workspaces may be left out."""
        if raw.offset <= self._begins_after:
            return
        self.partition.position = raw.offset - 1
        outcome = self.partition.take(raw)
        self.counts.records += 1
        if not isinstance(outcome, Decision):
            self.counts.parked += 1
            return
        if raw.offset >= self._compare_from:
            self._pending[outcome.step.step_number] = (raw.offset, self._encode(outcome.step))
        if len(self._pending) > MOST_PENDING:
            self._pending.popitem(last=False)
            self._let_go += 1

    def hear(self, said: Said) -> None:
        """Compare a step; what is not greater than the last one is a repeat."""
        if said.cause <= self._begins_after or said.cause < self._compare_from:
            return
        if said.step_number <= self._last_said:
            self._hear_again(said)
            return
        if self._let_go and not self._last_said:
            # Those before the first step that is there: retention took them.
            self.counts.no_longer_said, self._let_go = self._let_go, 0
        self._pass_over_until(said.step_number)
        self._last_said = said.step_number
        self._remember(said)
        found = self._pending.pop(said.step_number, None)
        if found is None:
            self._differ(Kind.NOT_REACHED, said.step_number, said.cause, said=said.value)
        elif found[1] != said.value:
            self._differ(
                Kind.OTHER_BYTES, said.step_number, found[0], said=said.value, replayed=found[1]
            )
        else:
            self.counts.same += 1

    def end(self) -> None:
        """Nothing more comes: what is left was not said yet."""
        self.counts.not_said_yet += self._let_go + len(self._pending)
        self._pending.clear()

    def _pass_over_until(self, step_number: int) -> None:
        """Before the first step that is there, the output's retention took them."""
        while self._pending and next(iter(self._pending)) < step_number:
            number, (cause, value) = self._pending.popitem(last=False)
            if self._last_said:
                self._differ(Kind.NEVER_SAID, number, cause, replayed=value)
            else:
                self.counts.no_longer_said += 1

    def _hear_again(self, said: Said) -> None:
        self.counts.repeated += 1
        known = self._known.get(said.step_number)
        if known is not None and known != _digest(said.value):
            self._differ(Kind.REPEATED_OTHERWISE, said.step_number, said.cause, said=said.value)

    def _remember(self, said: Said) -> None:
        self._known[said.step_number] = _digest(said.value)
        if len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)

    def _differ(
        self, kind: Kind, step_number: int, cause: int, *, said: bytes = b"", replayed: bytes = b""
    ) -> None:
        if self.difference is None:
            self.difference = Difference(
                kind=kind, step_number=step_number, cause=cause, said=said, replayed=replayed
            )


def _digest(value: bytes) -> bytes:
    return sha256(value).digest()
