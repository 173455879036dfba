"""The span of the log to simulate: from Kafka or a recorded file, checked against what was said."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import orjson

from router.adapters.codec import decode, encode_step
from router.adapters.commands.settings import CommandSettings
from router.adapters.log_flow import LogFlow
from router.adapters.log_reader import LogReader
from router.adapters.outbox import INPUT, OUTPUT
from router.adapters.recorded_log import RecordedLog
from router.adapters.snapshots import Snapshot, SnapshotStore
from router.domain.record import Record, Step
from router.domain.snapshot import dump, load
from router.domain.steering_facts import Malformed
from router.domain.workspace import Workspace
from router.handlers.partition import Partition, Raw
from router.handlers.replaying import Difference, Replay, Said
from router.simulation.comparing import Past, look_back

EVER = 2**62


class NothingThere(Exception):
    """There is no log to simulate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What is asked for: stamps in milliseconds, from `begin` up to, not including, `end`."""

    begin: int = 0
    end: int = EVER
    log: Path | None = None
    snapshots: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The day as it was; `difference` is the first step that this engine decides otherwise."""

    workspace: str
    past: Past
    difference: Difference | None
    compared: int


async def read_day(settings: CommandSettings, span: Span) -> Told:
    """Replay the log up to the span, then note what the span tells.

    Raises NothingThere when the log has no record in it.
    """
    if span.log is not None:
        log = RecordedLog(span.log)
        found = _Span(log.about.workspace, log.about.partition, span, None)
        return await found.through(log.flow(), log.about.first_offset)
    store = SnapshotStore(span.snapshots or settings.snapshots_at, 1)
    snapshot = _before(store, settings.workspace, span.begin)
    reader = LogReader(settings)
    try:
        await reader.start((INPUT, OUTPUT))
        flow = LogFlow(reader)
        start = 0 if snapshot is None else snapshot.offset + 1
        stretch = await flow.stretch(settings.workspace, start)
        found = _Span(settings.workspace, stretch.partition, span, snapshot)
        return await found.through(flow.items(stretch), stretch.first)
    finally:
        await reader.stop()


def _before(store: SnapshotStore, workspace: str, begin: int) -> Snapshot | None:
    """Return the newest snapshot whose last record was stamped before."""
    snapshot = store.latest(workspace, EVER)
    while snapshot is not None and snapshot.state["clock"][1] >= begin:
        snapshot = store.latest(workspace, snapshot.offset - 1)
    return snapshot


class _Span:
    """Takes the log in; what is in the span is kept."""

    def __init__(self, workspace: str, number: int, span: Span, snapshot: Snapshot | None) -> None:
        self._workspace, self._number, self._span = workspace, number, span
        self._has_snapshot = snapshot is not None
        self._partition = Partition(number, decode, lambda key: True)
        self._latest = 0
        if snapshot is not None:
            self._partition.restore([(load(snapshot.state), snapshot.offset)])
            self._latest = snapshot.state["clock"][1]
        self._replay = Replay(self._partition, encode_step)
        self._before: Workspace | None = None
        self._begin = 0
        self._records: list[Record] = []

    async def through(self, items: AsyncIterator[Raw | Said], first: int) -> Told:
        async for item in items:
            if isinstance(item, Raw):
                self._latest = max(self._latest, item.stamp)
                if self._latest >= self._span.end:
                    break
                self._take(item)
            elif self._replay.difference is None:
                self._replay.hear(item)
        self._replay.end()
        if self._before is None or not self._records:
            raise NothingThere(f"workspace {self._workspace!r} has no records in that span")
        if first > 0 and not self._has_snapshot:
            raise NothingThere(
                f"the log begins at offset {first}, and what was before is gone: say with"
                " --snapshots where the router's snapshots lie"
            )
        end = min(self._span.end, self._latest + 1)
        past = look_back(self._before, self._records, self._begin, end, _digest)
        return Told(
            workspace=self._workspace,
            past=past,
            difference=self._replay.difference,
            compared=self._replay.counts.same,
        )

    def _take(self, raw: Raw) -> None:
        if self._latest >= self._span.begin:
            if self._before is None:
                self._before = self._state()
                self._begin = self._span.begin or self._latest
            self._keep(raw)
        self._replay.take(raw)

    def _state(self) -> Workspace:
        engine = self._partition.engines.get(self._workspace)
        if engine is None:
            return Workspace(self._workspace)
        return load(orjson.loads(orjson.dumps(dump(engine.workspace))))

    def _keep(self, raw: Raw) -> None:
        decoded = decode(raw.value, self._workspace)
        if isinstance(decoded.fact, Malformed) and not self._partition.engines:
            return
        self._records.append(
            Record(
                partition=self._number,
                offset=raw.offset,
                stamp=raw.stamp,
                event_id=decoded.event_id,
                event_type=decoded.event_type,
                fact=decoded.fact,
            )
        )


def _digest(step: Step) -> bytes:
    return sha256(encode_step(step)).digest()
