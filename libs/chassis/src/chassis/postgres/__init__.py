"""Postgres: a pool, migrations, and errors named by what we do about them."""

from chassis.postgres.database import Database
from chassis.postgres.failures import unavailable_when_away
from chassis.postgres.login import login
from chassis.postgres.migrations import Migration, MigrationChanged, read_migrations

__all__ = [
    "Database",
    "Migration",
    "MigrationChanged",
    "login",
    "read_migrations",
    "unavailable_when_away",
]
