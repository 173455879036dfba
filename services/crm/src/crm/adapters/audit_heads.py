"""How far each chain is, in Postgres; what is missing there is read from the log of links."""

from collections.abc import Mapping
from typing import Any

from chassis.kafka import Position
from chassis.postgres import Database
from crm.domain.audit_chain import Head, Source

# Also the first to seal for a workspace has a row to lock.
CLAIM = """
    INSERT INTO audit_heads VALUES ($1, 0, $2, -1, -1, -1, -1) ON CONFLICT (workspace) DO NOTHING
"""
READ = "SELECT * FROM audit_heads WHERE workspace = $1 FOR UPDATE"
WRITE = """
    INSERT INTO audit_heads VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (workspace) DO UPDATE SET
        number = $2, hash = $3, source_partition = $4, source_offset = $5,
        log_partition = $6, log_offset = $7
    WHERE audit_heads.number < $2
"""
KNOWN = "SELECT log_partition, max(log_offset) FROM audit_heads GROUP BY 1"
# The topic of events was made anew: its offsets begin again.
FORGET = """
    UPDATE audit_heads SET source_offset = -1 WHERE source_partition = $1 AND source_offset >= $2
"""


async def locked(connection: Any, workspace: str) -> Head:
    """The head, which nobody else moves until the transaction is over."""
    await connection.execute(CLAIM, workspace, Head(workspace=workspace).hash)
    row = await connection.fetchrow(READ, workspace)
    return Head(
        workspace=workspace,
        number=row["number"],
        hash=row["hash"],
        source=Source(partition=row["source_partition"], offset=row["source_offset"]),
    )


async def move(connection: Any, head: Head, link_at: Position) -> None:
    """Forward, never back."""
    source, log = head.source, link_at
    place = source.partition, source.offset, log.partition, log.offset
    await connection.execute(WRITE, head.workspace, head.number, head.hash, *place)


async def known(database: Database) -> dict[int, int]:
    """The last offset of each partition of the log that is known here."""
    return {row[0]: row[1] for row in await database.fetch(KNOWN) if row[0] >= 0}


async def forget_sources(database: Database, ends: Mapping[int, int]) -> None:
    """Take back what was sealed of events beyond the ends of their partitions."""
    for partition, end in ends.items():
        await database.execute(FORGET, partition, end)
