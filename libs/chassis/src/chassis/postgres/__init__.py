"""Postgres: a pool, migrations, and errors named by what we do about them."""

from chassis.postgres.database import Database, tls_options
from chassis.postgres.failures import unavailable_when_away
from chassis.postgres.migrations import Migration, MigrationChanged, read_migrations

__all__ = [
    "Database",
    "Migration",
    "MigrationChanged",
    "read_migrations",
    "tls_options",
    "unavailable_when_away",
]
