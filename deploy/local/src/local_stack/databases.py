"""Databases on a Postgres server: make one, drop one."""

from urllib.parse import urlsplit, urlunsplit

import asyncpg

from local_stack.blocking import blocking
from local_stack.errors import StackError

REQUEST_SECONDS = 30.0


def require_database(url: str) -> None:
    """Raise StackError when nobody lets us in there."""
    try:
        blocking(lambda: _execute(url, "SELECT 1"))
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise StackError(f"cannot work with the DATABASE_URL that is set ({reason})") from error


def create_database(server_url: str, name: str) -> str:
    """Make the database when it is missing; return the URL that leads to it."""
    blocking(lambda: _create(server_url, name))
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))


def drop_database(server_url: str, name: str) -> None:
    """Drop the database, its sessions too."""
    blocking(lambda: _execute(server_url, f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)"))


async def _create(server_url: str, name: str) -> None:
    try:
        await _execute(server_url, f"CREATE DATABASE {_quoted(name)}")
    except asyncpg.DuplicateDatabaseError:
        return


async def _execute(server_url: str, statement: str) -> None:
    connection = await asyncpg.connect(server_url, timeout=REQUEST_SECONDS)
    try:
        await connection.execute(statement, timeout=REQUEST_SECONDS)
    finally:
        await connection.close()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
