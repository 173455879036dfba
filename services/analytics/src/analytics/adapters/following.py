"""Reads the topics into the board, from the last checkpoint on, and writes the next ones."""

import asyncio
import json
import logging
import time
from collections.abc import Iterable, Mapping, Sequence

from analytics import metrics
from analytics.adapters.checkpoint_store import CheckpointStore
from analytics.adapters.codec import step_of, targets_of
from analytics.domain.auditing import Audit
from analytics.domain.checkpoint import state_of
from analytics.domain.targets import PolicyTargets
from analytics.handlers import Board
from analytics.settings import AnalyticsSettings
from chassis.errors import Unavailable
from chassis.kafka import FollowConsumer, FromPositions, FromStart, Record
from chassis.kafka.handling import Parking
from chassis.part import Check, Part

STEPS = "routing-events.v1"
POLICIES = "workspace-policies.v1"
# Boards are drawn a few times a second: steps that come together cost a fraction.
GATHER_SECONDS = 0.05

log = logging.getLogger(__name__)


class Following(Part):
    """Follows steps and policies; ready when it caught up with what was there at its start."""

    def __init__(
        self,
        settings: AnalyticsSettings,
        board: Board,
        store: CheckpointStore,
        dead_letters: Parking,
    ) -> None:
        self._settings = settings
        self._board = board
        self._store = store
        self._dead_letters = dead_letters
        self._audit = Audit()
        self._policies = FollowConsumer(
            settings, [POLICIES], self.on_policy, FromStart(), name="analytics-policies"
        )
        self._steps: FollowConsumer | None = None
        self._stopped = asyncio.Event()
        self._saving = asyncio.Lock()

    async def start(self) -> None:
        """Take up the last checkpoint; Unavailable when Postgres or Kafka stay away."""
        folds, positions = await self._store.load()
        for workspace, targets in await self._store.load_targets():
            self._board.learn(workspace, targets)
        self._board.unsaved_targets.clear()
        self._board.folds.update(folds)
        log.info("checkpoint loaded", extra={"workspaces": len(folds)})
        self._steps = FollowConsumer(
            self._settings,
            [STEPS],
            None,
            FromPositions({(STEPS, partition): at for partition, at in positions.items()}),
            name="analytics",
            handle_batch=self.on_steps,
            dead_letters=self._dead_letters,
            gather_seconds=GATHER_SECONDS,
        )
        await self._policies.start()
        await self._steps.start()

    async def run(self) -> None:
        """Follow, and write a checkpoint every few seconds."""
        assert self._steps is not None
        async with asyncio.TaskGroup() as group:
            group.create_task(self._policies.run(), name="policies")
            group.create_task(self._steps.run(), name="steps")
            group.create_task(self._keep_checkpoints(), name="checkpoints")

    async def stop(self) -> None:
        """Stop reading, and write the last checkpoint."""
        self._stopped.set()
        await self._policies.stop()
        if self._steps is not None:
            positions = self._steps.positions()
            await self._steps.stop()
            await self._checkpoint(self._steps.positions() or positions)

    def readiness(self) -> Mapping[str, Check]:
        """The broker answers, and the backlog of the start was folded."""
        return {"follow-analytics": self._check_steps, **self._policies.readiness()}

    def liveness(self) -> Mapping[str, Check]:
        """The loops turn, also while the broker is away."""
        return {"follow-analytics": self._check_loop, **self._policies.liveness()}

    async def on_steps(self, records: Sequence[Record]) -> None:
        """Fold the steps of one partition."""
        began = time.monotonic()
        steps = [step_of(record) for record in records]
        for step in steps:
            found = self._audit.see(step)
            metrics.UNANSWERED.inc(found.unanswered)
            metrics.DOUBLED.inc(found.doubled)
        metrics.STEPS.inc(self._board.apply(steps))
        metrics.FOLD_SECONDS.observe(time.monotonic() - began)

    async def on_policy(self, record: Record) -> None:
        """Remember what the policy promises."""
        self._board.learn(*targets_of(record))

    async def _keep_checkpoints(self) -> None:
        assert self._steps is not None
        while not self._stopped.is_set():
            try:
                async with asyncio.timeout(self._settings.checkpoint_seconds):
                    await self._stopped.wait()
            except TimeoutError:
                await self._checkpoint(self._steps.positions())

    async def _checkpoint(self, positions: Mapping[tuple[str, int], int]) -> None:
        """Save what changed, after the save under way; a failure leaves it for the next time."""
        async with self._saving:
            board = self._board
            workspaces, board.unsaved_folds = board.unsaved_folds, set()
            targets, board.unsaved_targets = board.unsaved_targets, []
            if not workspaces and not targets:
                return
            try:
                await self._save(workspaces, positions, targets)
            except BaseException as error:
                board.unsaved_folds |= workspaces
                board.unsaved_targets = targets + board.unsaved_targets
                metrics.CHECKPOINTS.labels("failed").inc()
                if not isinstance(error, Unavailable):
                    raise
                log.warning("checkpoint not written", extra={"error": str(error)})
            else:
                metrics.CHECKPOINTS.labels("written").inc()

    async def _save(
        self,
        workspaces: Iterable[str],
        positions: Mapping[tuple[str, int], int],
        targets: Sequence[tuple[str, PolicyTargets]],
    ) -> None:
        folds = [
            (workspace, self._board.folds[workspace].step_number, _text(self._board, workspace))
            for workspace in workspaces
        ]
        next_offsets = {partition: offset for (_, partition), offset in positions.items()}
        await self._store.save(folds, next_offsets, targets)

    async def _check_steps(self) -> str | None:
        if self._steps is None:
            return "not started"
        [check] = self._steps.readiness().values()
        return await check()

    async def _check_loop(self) -> str | None:
        if self._steps is None:
            return None
        [check] = self._steps.liveness().values()
        return await check()


def _text(board: Board, workspace: str) -> str:
    return json.dumps(state_of(board.folds[workspace]), separators=(",", ":"))
