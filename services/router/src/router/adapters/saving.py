"""Saves the state of partitions now and then, never ahead of what was said."""

import asyncio
import logging
import time
from collections.abc import Iterable
from contextlib import suppress

from router import metrics
from router.adapters.outbox import Outbox
from router.adapters.snapshots import Snapshot, SnapshotStore
from router.domain.snapshot import dump
from router.handlers.partition import Partition
from router.settings import RouterSettings

log = logging.getLogger(__name__)


class Saver:
    """Takes the state between two records, waits until its steps are acknowledged, writes it."""

    def __init__(self, settings: RouterSettings, store: SnapshotStore, outbox: Outbox) -> None:
        self._settings = settings
        self._store = store
        self._outbox = outbox
        self._saved: dict[int, int] = {}
        self._hurried = asyncio.Event()
        self._alone = asyncio.Lock()

    def hurry(self) -> None:
        """Save soon: who is killed before each first save would have more to replay each time."""
        self._hurried.set()

    async def run(self, partitions: dict[int, Partition]) -> None:
        """Save what changed, until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._settings.snapshot_interval_seconds):
                    await self._hurried.wait()
            self._hurried.clear()
            await self.save(list(partitions.values()))

    async def save(self, partitions: Iterable[Partition]) -> None:
        """Save those whose position moved; every workspace of them, at one position.

        One save after the other: the last one comes when the process ends, whenever that is.
        """
        async with self._alone:
            for partition in partitions:
                if self._saved.get(partition.number) != partition.position:
                    await self._save(partition)

    async def _save(self, partition: Partition) -> None:
        snapshots = _take(partition)
        await self._outbox.flushed()
        for snapshot in snapshots:
            await asyncio.to_thread(self._store.save, snapshot)
        self._saved[partition.number] = snapshots[0].offset if snapshots else -1


def _take(partition: Partition) -> list[Snapshot]:
    began = time.perf_counter()
    taken = [
        Snapshot(
            workspace=workspace,
            partition=partition.number,
            offset=partition.position,
            step_number=engine.workspace.step_number,
            engine_version=engine.workspace.engine_version,
            state=dump(engine.workspace),
        )
        for workspace, engine in partition.engines.items()
    ]
    metrics.SNAPSHOT_SECONDS.observe(time.perf_counter() - began)
    return taken
