"""Checkpoints of the fold in Postgres."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from analytics.domain.checkpoint import fold_of
from analytics.domain.definitions import VERSION
from analytics.domain.targets import PolicyTargets, Target
from analytics.domain.workspace import WorkspaceFold
from chassis.postgres import Database

LOAD_FOLDS = "SELECT workspace, state FROM checkpoints WHERE definitions = $1"
LOAD_POSITIONS = "SELECT partition, next_offset FROM positions WHERE definitions = $1"
LOAD_TARGETS = "SELECT workspace, version, targets FROM policy_targets ORDER BY workspace, version"
# Several replicas write the same fold: the one that is further on stays.
SAVE_FOLD = """
INSERT INTO checkpoints AS c (definitions, workspace, step_number, state)
VALUES ($1, $2, $3, $4)
ON CONFLICT (definitions, workspace) DO UPDATE
SET step_number = excluded.step_number, state = excluded.state, saved_at = now()
WHERE c.step_number < excluded.step_number
"""
SAVE_POSITION = """
INSERT INTO positions AS p (definitions, partition, next_offset) VALUES ($1, $2, $3)
ON CONFLICT (definitions, partition) DO UPDATE
SET next_offset = greatest(p.next_offset, excluded.next_offset)
"""
SAVE_TARGETS = """
INSERT INTO policy_targets (workspace, version, targets) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING
"""
# A rolling update has two versions of the definitions for a while; later the old one is waste.
FORGET_OLD = """
WITH old AS (
    DELETE FROM checkpoints WHERE definitions <> $1 AND saved_at < now() - interval '7 days'
    RETURNING definitions
)
DELETE FROM positions WHERE definitions <> $1
    AND definitions NOT IN (SELECT definitions FROM checkpoints
                            WHERE saved_at >= now() - interval '7 days')
"""

Folds = Mapping[str, str]
"""By workspace the state as JSON text."""


class CheckpointStore:
    """Loads and saves; only checkpoints of the present definitions are seen."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self) -> tuple[dict[str, WorkspaceFold], dict[int, int]]:
        """The folds and the next offset of each partition; nothing: fold from the start."""
        async with self._database.transaction(isolation="repeatable_read") as connection:
            await connection.execute(FORGET_OLD, VERSION)
            folds = await connection.fetch(LOAD_FOLDS, VERSION)
            positions = await connection.fetch(LOAD_POSITIONS, VERSION)
        return (
            {row["workspace"]: fold_of(json.loads(row["state"])) for row in folds},
            {row["partition"]: row["next_offset"] for row in positions},
        )

    async def load_targets(self) -> list[tuple[str, PolicyTargets]]:
        """Every version of every policy that was ever seen."""
        rows = await self._database.fetch(LOAD_TARGETS)
        return [(row["workspace"], _targets(json.loads(row["targets"]))) for row in rows]

    async def save(
        self,
        folds: Sequence[tuple[str, int, str]],
        positions: Mapping[int, int],
        targets: Sequence[tuple[str, PolicyTargets]],
    ) -> None:
        """Workspace, step number and state of the folds that changed, in one transaction.

        The folds must hold everything before the positions; more does no harm.
        """
        async with self._database.transaction() as connection:
            await connection.executemany(SAVE_FOLD, [(VERSION, *fold) for fold in sorted(folds)])
            await connection.executemany(
                SAVE_POSITION, [(VERSION, *one) for one in sorted(positions.items())]
            )
            await connection.executemany(
                SAVE_TARGETS,
                [(workspace, one.version, json.dumps(asdict(one))) for workspace, one in targets],
            )


def _targets(state: dict[str, object]) -> PolicyTargets:
    queues, slots, version = state["queues"], state["slots"], state["version"]
    assert isinstance(queues, dict)
    assert isinstance(slots, dict)
    assert isinstance(version, int)
    return PolicyTargets(
        version=version,
        queues={name: Target(**target) for name, target in queues.items()},
        slots=slots,
    )
