"""A schema that grows file by file."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
LOCK_WAIT = "60s"
MAX_SECONDS = 600.0


class MigrationChanged(Exception):
    """A file that was applied is not what it was; write a new one instead."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file `NNNN_title.sql`, applied once, in one transaction."""

    version: int
    title: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read_migrations(folder: Path) -> list[Migration]:
    """All files of the folder in order; ValueError for a wrong name or number."""
    found = []
    for path in sorted(folder.glob("*.sql")):
        match = NAME.fullmatch(path.name)
        if match is None:
            raise ValueError(f"migration {path.name!r} is not named NNNN_title.sql")
        found.append(Migration(int(match[1]), match[2], path.read_text(encoding="utf-8")))
    numbers = [migration.version for migration in found]
    if numbers != list(range(1, len(numbers) + 1)):
        raise ValueError(f"migrations in {folder.name} are numbered {numbers}, not 1, 2, 3 …")
    if not found:
        raise ValueError(f"no migrations in {folder}")
    return found


async def migrate(connection: Any, schema: str, migrations: Sequence[Migration]) -> list[int]:
    """Apply what is missing, one process at a time; the versions that were applied now."""
    await connection.execute(f"SET lock_timeout = '{LOCK_WAIT}'")
    await connection.execute("SELECT pg_advisory_lock(hashtextextended($1, 0))", _lock(schema))
    try:
        # Asked first: a role that owns its schema need not be allowed to make schemas.
        if await connection.fetchval("SELECT to_regnamespace($1) IS NULL", f'"{schema}"'):
            await connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations (version int PRIMARY KEY,"
            " title text NOT NULL, checksum text NOT NULL,"
            " applied_at timestamptz NOT NULL DEFAULT now())"
        )
        return await _apply_missing(connection, migrations)
    finally:
        await connection.execute(
            "SELECT pg_advisory_unlock(hashtextextended($1, 0))", _lock(schema)
        )


async def _apply_missing(connection: Any, migrations: Sequence[Migration]) -> list[int]:
    rows = await connection.fetch("SELECT version, checksum FROM schema_migrations")
    applied = {row["version"]: row["checksum"] for row in rows}
    new = []
    for migration in migrations:
        if migration.version in applied:
            if applied[migration.version] != migration.checksum:
                raise MigrationChanged(f"{migration.version:04d}_{migration.title} was changed")
            continue
        async with connection.transaction():
            await connection.execute(migration.sql, timeout=MAX_SECONDS)
            await connection.execute(
                "INSERT INTO schema_migrations (version, title, checksum) VALUES ($1, $2, $3)",
                migration.version,
                migration.title,
                migration.checksum,
            )
        new.append(migration.version)
    return new


def _lock(schema: str) -> str:
    return f"migrations of {schema}"
