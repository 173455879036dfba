"""A pool of connections into one schema."""

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg

from chassis.errors import Unavailable
from chassis.part import Check, Part
from chassis.postgres import metrics
from chassis.postgres.failures import unavailable_when_away
from chassis.postgres.login import login
from chassis.postgres.migrations import migrate, read_migrations
from chassis.settings import ServiceSettings

SCHEMA = re.compile(r"[a-z][a-z0-9_]{0,62}")
CONNECT_SECONDS = 5.0
ACQUIRE_SECONDS = 5.0
CHECK_SECONDS = 2.0

log = logging.getLogger(__name__)


class _Connection(asyncpg.Connection):  # type: ignore[misc]
    """Goes back to the pool without a question to the server: nobody here leaves a state behind.

    What is left of a transaction is rolled back all the same.
    """

    def get_reset_query(self) -> str:
        """Nothing: no session settings, cursors, listeners or session locks are used."""
        return ""


class Database(Part):
    """Postgres with `search_path` set to one schema; every wait is bounded.

    Raises Unavailable when the server is away; connections that a restart of the server
    broke are replaced by the pool.
    """

    def __init__(self, settings: ServiceSettings, schema: str, migrations: Path) -> None:
        if not SCHEMA.fullmatch(schema):
            raise ValueError(f"schema {schema!r} is not a plain lower-case name")
        self._settings = settings
        self._schema = schema
        self._migrations = migrations
        self._pool: Any = None

    async def start(self) -> None:
        """Migrate and open the pool; Unavailable when the server stays away."""
        deadline = time.monotonic() + self._settings.start_timeout_seconds
        while True:
            try:
                await self.migrate()
                with unavailable_when_away():
                    self._pool = await self._open()
                self._show_use()
                return
            except Unavailable as error:
                if time.monotonic() >= deadline:
                    raise
                log.warning("postgres is away", extra={"error": str(error)})
            await asyncio.sleep(0.5)

    async def stop(self) -> None:
        """Close every connection; those in use get a few seconds."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        try:
            async with asyncio.timeout(5.0):
                await pool.close()
        except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            pool.terminate()

    def readiness(self) -> Mapping[str, Check]:
        """`postgres`: a query is answered."""
        return {"postgres": self._check}

    async def migrate(self) -> list[int]:
        """Apply the migrations that are missing; the versions that were applied now."""
        migrations = read_migrations(self._migrations)
        with unavailable_when_away():
            connection = await asyncpg.connect(
                **login(self._settings),
                timeout=CONNECT_SECONDS,
                server_settings={"search_path": self._schema},
            )
            try:
                applied = await migrate(connection, self._schema, migrations)
            finally:
                await connection.close(timeout=CONNECT_SECONDS)
        if applied:
            log.info("migrated", extra={"schema": self._schema, "versions": applied})
        return applied

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection of the pool, for statements that need no transaction together."""
        pool = self._pool
        if pool is None:
            raise Unavailable("postgres: not started")
        began = time.monotonic()
        with unavailable_when_away():
            try:
                connection = await pool.acquire(timeout=ACQUIRE_SECONDS)
            finally:
                # Who waited in vain waited longest.
                metrics.ACQUIRE_SECONDS.observe(time.monotonic() - began)
            try:
                yield connection
            except asyncpg.InternalClientError:
                # The server said goodbye while the connection was idle.
                connection.terminate()
                raise
            finally:
                await pool.release(connection)

    @asynccontextmanager
    async def transaction(self, isolation: str | None = None) -> AsyncIterator[asyncpg.Connection]:
        """A connection inside a transaction: committed at the end, rolled back on an error."""
        async with self.connection() as connection, connection.transaction(isolation=isolation):
            yield connection

    async def fetch(self, query: str, *values: Any) -> list[Any]:
        """All rows."""
        async with self.connection() as connection:
            rows: list[Any] = await connection.fetch(query, *values)
            return rows

    async def fetchrow(self, query: str, *values: Any) -> Any | None:
        """The first row, or None."""
        async with self.connection() as connection:
            return await connection.fetchrow(query, *values)

    async def fetchval(self, query: str, *values: Any) -> Any:
        """The first value of the first row, or None."""
        async with self.connection() as connection:
            return await connection.fetchval(query, *values)

    async def execute(self, query: str, *values: Any) -> str:
        """The server's status, such as "UPDATE 1"."""
        async with self.connection() as connection:
            status: str = await connection.execute(query, *values)
            return status

    async def executemany(self, query: str, rows: Iterable[Sequence[Any]]) -> None:
        """One statement for many rows, all or nothing."""
        async with self.connection() as connection:
            await connection.executemany(query, rows)

    async def _open(self) -> Any:
        timeout = self._settings.statement_timeout_seconds
        milliseconds = str(int(timeout * 1000))
        return await asyncpg.create_pool(
            **login(self._settings),
            min_size=1,
            max_size=self._settings.database_pool_size,
            connection_class=_Connection,
            timeout=CONNECT_SECONDS,
            # The server gives up first, so that the connection stays usable.
            command_timeout=timeout + 1.0,
            server_settings={
                "search_path": self._schema,
                "application_name": self._schema,
                "statement_timeout": milliseconds,
                "idle_in_transaction_session_timeout": milliseconds,
            },
        )

    def _show_use(self) -> None:
        metrics.MOST_CONNECTIONS.set(self._settings.database_pool_size)
        metrics.CONNECTIONS.labels("used").set_function(
            lambda: self._pool.get_size() - self._pool.get_idle_size() if self._pool else 0
        )
        metrics.CONNECTIONS.labels("idle").set_function(
            lambda: self._pool.get_idle_size() if self._pool else 0
        )

    async def _check(self) -> str | None:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await self.fetchval("SELECT 1")
        except (Unavailable, TimeoutError) as error:
            return str(error) or "no answer"
        return None
