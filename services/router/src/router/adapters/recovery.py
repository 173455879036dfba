"""Taking over a partition: newest snapshot, the log to its end, then what was not said yet."""

import logging
import time
from collections.abc import AsyncIterator, Callable

from chassis.errors import InvalidMessage
from router import metrics
from router.adapters.codec import read_policy_version, read_step_number
from router.adapters.deciding import decide
from router.adapters.log_reader import LogReader
from router.adapters.outbox import DEAD_LETTERS, INPUT, OUTPUT, POLICIES, Outbox
from router.adapters.snapshots import SnapshotStore
from router.domain.record import Step
from router.domain.snapshot import load
from router.domain.versions import ENGINE_VERSIONS
from router.handlers.partition import Parked, Partition

MARGIN = 200
"""How many more outputs than replayed records are looked at: an old worker may have repeated."""
MOST_LOOKED_AT = 20_000

log = logging.getLogger(__name__)


class LogIncomplete(Exception):
    """The state cannot be had: what is needed of the log is gone, or was never there."""


class Recovery:
    """Brings a partition up to the end of its log; nothing else may use the reader meanwhile."""

    def __init__(self, reader: LogReader, store: SnapshotStore, outbox: Outbox) -> None:
        self._reader = reader
        self._store = store
        self._outbox = outbox
        self.replayed = 0
        """How many records the last recovery applied."""

    async def recover(self, number: int, make: Callable[[], Partition]) -> Partition:
        """Return a new partition, from snapshot and log."""
        partition = make()
        snapshots = self._store.newest(number)
        for found in snapshots:
            if found.engine_version not in ENGINE_VERSIONS:
                raise LogIncomplete(
                    f"the snapshot of {found.workspace!r} is of engine {found.engine_version},"
                    " which this program is not"
                )
        partition.restore((load(found.state), found.offset) for found in snapshots)
        self._outbox.was_answered(number)
        first, _ = await self._reader.bounds(INPUT, number)
        if partition.position + 1 < first:
            raise LogIncomplete(
                f"partition {number}: the log begins at {first}, and no snapshot reaches that far;"
                " bring back a snapshot, or begin with new topics"
            )
        return await self.catch_up(partition)

    async def catch_up(self, partition: Partition) -> Partition:
        """Apply what is in the log, say what the outputs lack; return the partition."""
        began = time.monotonic()
        number, start = partition.number, partition.position + 1
        _, end = await self._reader.bounds(INPUT, number)
        said = await self._said(number, max(end - start, 0))
        parked = await self._parked(number) if end > start else -1
        again = 0
        async for raw in self._reader.read(INPUT, number, start, end):
            decided = decide(partition, raw)
            if isinstance(decided, Parked):
                if raw.offset > parked:
                    await self._outbox.park(number, raw, decided.reason)
                else:
                    self._outbox.was_parked(number)
                continue
            if decided is None or _is_said(decided.decision.step, said):
                self._outbox.was_answered(number)
                continue
            await self._outbox.put(number, raw, decided.decision, decided.value)
            again += 1
        self.replayed = max(end - start, 0)
        self._compare(partition, said)
        await self._say_policies(partition)
        await self._outbox.flushed()
        for workspace, engine in partition.engines.items():
            self._outbox.was_said(workspace, engine.workspace.step_number)
        seconds = time.monotonic() - began
        metrics.RECOVERY_SECONDS.observe(seconds)
        metrics.PUBLISHED_AGAIN.inc(again)
        log.info(
            "partition recovered",
            extra={
                "partition": number,
                "from_offset": start,
                "position": partition.position,
                "said_again": again,
                "seconds": round(seconds, 3),
            },
        )
        return partition

    def _compare(self, partition: Partition, said: dict[str, int]) -> None:
        for workspace, number in said.items():
            engine = partition.engines.get(workspace)
            reached = 0 if engine is None else engine.workspace.step_number
            if reached < number:
                raise LogIncomplete(
                    f"workspace {workspace!r}: step {number} was said, the log leads to {reached}"
                )

    async def _said(self, number: int, replayed: int) -> dict[str, int]:
        """Return the highest step number of each workspace in the outputs' tail."""
        first, end = await self._reader.bounds(OUTPUT, number)
        start = max(first, end - min(replayed + MARGIN, MOST_LOOKED_AT))
        said: dict[str, int] = {}
        async for workspace, step_number in self._own(OUTPUT, number, start, end, read_step_number):
            said[workspace] = max(said.get(workspace, 0), step_number)
        return said

    async def _own(
        self,
        topic: str,
        number: int,
        start: int,
        end: int,
        read: Callable[[bytes, bytes], tuple[str, int]],
    ) -> AsyncIterator[tuple[str, int]]:
        """Yield what routers said; what others wrote there is no reason to stand still."""
        async for raw in self._reader.read(topic, number, start, end):
            try:
                yield read(raw.key, raw.value)
            except InvalidMessage as error:
                metrics.FOREIGN_OUTPUTS.inc()
                log.warning(
                    "a record that no router wrote",
                    extra={"topic": topic, "offset": raw.offset, "reason": str(error)},
                )

    async def _parked(self, number: int) -> int:
        """Return the last offset that lies among the dead letters already."""
        first, end = await self._reader.bounds(DEAD_LETTERS, 0)
        last = -1
        async for raw in self._reader.read(DEAD_LETTERS, 0, max(first, end - MARGIN), end):
            about = dict(raw.headers)
            if about.get("dlq.partition") == str(number).encode():
                last = max(last, int(about.get("dlq.offset", b"-1")))
        return last

    async def _say_policies(self, partition: Partition) -> None:
        """Write each active policy that the compacted topic lacks."""
        first, end = await self._reader.bounds(POLICIES, partition.number)
        known: dict[str, int] = {}
        found = self._own(POLICIES, partition.number, first, end, read_policy_version)
        async for workspace, version in found:
            known[workspace] = version
        for workspace, engine in partition.engines.items():
            ws = engine.workspace
            if ws.policy is not None and known.get(workspace) != ws.policy.version:
                await self._outbox.put_policy(
                    partition.number, workspace, ws.policy, ws.policy_step, ws.policy_stamp
                )


def _is_said(step: Step, said: dict[str, int]) -> bool:
    return step.step_number <= said.get(step.workspace, 0)
