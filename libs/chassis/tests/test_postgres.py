"""The pool and the migrations against a real Postgres."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import asyncpg
import pytest
from prometheus_client import REGISTRY
from pydantic import SecretStr

from chassis.errors import Unavailable
from chassis.postgres import Database, MigrationChanged
from chassis.settings import ServiceSettings
from chassis.testing import eventually, fresh_database, running
from local_stack.infrastructure import Infrastructure
from local_stack.supervisor import Supervisor

OwnInfrastructure = Callable[..., AbstractContextManager[tuple[Infrastructure, Supervisor]]]
CREATE = "CREATE TABLE word (text text PRIMARY KEY);"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "migrations"
    path.mkdir()
    (path / "0001_create_word.sql").write_text(CREATE)
    return path


@pytest.fixture
async def empty(settings: ServiceSettings) -> AsyncIterator[ServiceSettings]:
    async with fresh_database(settings.database_url.get_secret_value()) as url:
        yield settings.model_copy(
            update={"database_url": SecretStr(url), "statement_timeout_seconds": 1.0}
        )


async def test_tables_stand_in_the_schema_of_the_service(empty: ServiceSettings, folder: Path):
    async with running(Database(empty, "desk", folder)) as database:
        await database.execute("INSERT INTO word VALUES ($1)", "hello")
        where = await database.fetchval("SELECT schemaname FROM pg_tables WHERE tablename = 'word'")
        row = await database.fetchrow("SELECT * FROM word")

        assert (where, row["text"]) == ("desk", "hello")
        assert await database.readiness()["postgres"]() is None


async def test_the_password_may_stand_apart_from_the_url(empty: ServiceSettings, folder: Path):
    parts = urlsplit(empty.database_url.get_secret_value())
    without = parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", "@"))
    apart = empty.model_copy(update={"database_url": SecretStr(without.geturl())})
    wrong = apart.model_copy(update={"database_password": SecretStr("wrong")})
    with pytest.raises(asyncpg.InvalidPasswordError):
        await Database(wrong, "desk", folder).migrate()
    right = SecretStr(unquote(parts.password or ""))
    settings = apart.model_copy(update={"database_password": right})
    async with running(Database(settings, "desk", folder)) as database:
        assert await database.fetchval("SELECT 1") == 1


async def test_each_migration_is_applied_once_in_order(empty: ServiceSettings, folder: Path):
    database = Database(empty, "desk", folder)
    first = await database.migrate()
    (folder / "0002_add_language.sql").write_text("ALTER TABLE word ADD language text;")
    (folder / "0003_fill.sql").write_text("INSERT INTO word VALUES ('a', 'de'); SELECT 1;")

    assert (first, await database.migrate(), await database.migrate()) == ([1], [2, 3], [])


async def test_replicas_that_start_together_migrate_once(empty: ServiceSettings, folder: Path):
    replicas = [Database(empty, "desk", folder) for _ in range(4)]
    applied = await asyncio.gather(*(replica.migrate() for replica in replicas))

    assert sorted(applied) == [[], [], [], [1]]


async def test_a_file_that_was_applied_may_not_change(empty: ServiceSettings, folder: Path):
    database = Database(empty, "desk", folder)
    await database.migrate()
    (folder / "0001_create_word.sql").write_text(CREATE + " -- changed")

    with pytest.raises(MigrationChanged, match="0001_create_word"):
        await database.start()


async def test_a_migration_that_fails_leaves_nothing(empty: ServiceSettings, folder: Path):
    (folder / "0002_half.sql").write_text("CREATE TABLE half (n int); SELECT 1/0;")
    database = Database(empty, "desk", folder)
    with pytest.raises(asyncpg.DivisionByZeroError):
        await database.migrate()
    (folder / "0002_half.sql").write_text("CREATE TABLE half (n int);")

    assert await database.migrate() == [2]


@pytest.mark.parametrize("name", ["1_short.sql", "0003_gap.sql", "0002_Upper.sql"])
async def test_a_wrong_file_name_is_refused(empty: ServiceSettings, folder: Path, name: str):
    (folder / name).write_text("SELECT 1;")

    with pytest.raises(ValueError, match="migration"):
        await Database(empty, "desk", folder).migrate()


async def test_a_transaction_is_all_or_nothing(empty: ServiceSettings, folder: Path):
    async with running(Database(empty, "desk", folder)) as database:
        with pytest.raises(LookupError):
            async with database.transaction() as connection:
                await connection.execute("INSERT INTO word VALUES ('lost')")
                raise LookupError
        await database.executemany("INSERT INTO word VALUES ($1)", [("a",), ("b",)])

        words = await database.fetch("SELECT text FROM word ORDER BY text")
        assert [row["text"] for row in words] == ["a", "b"]


async def test_a_statement_that_takes_too_long_is_unavailable(empty: ServiceSettings, folder: Path):
    async with running(Database(empty, "desk", folder)) as database:
        with pytest.raises(Unavailable, match="QueryCanceled"):
            await database.execute("SELECT pg_sleep(30)")

        assert await database.fetchval("SELECT 1") == 1


async def test_our_own_mistakes_are_not_unavailable(empty: ServiceSettings, folder: Path):
    async with running(Database(empty, "desk", folder)) as database:
        with pytest.raises(asyncpg.UndefinedTableError):
            await database.execute("SELECT * FROM nothing")
        with pytest.raises(asyncpg.UniqueViolationError):
            await database.executemany("INSERT INTO word VALUES ($1)", [("a",), ("a",)])


async def test_an_exhausted_pool_is_unavailable(
    empty: ServiceSettings, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("chassis.postgres.database.ACQUIRE_SECONDS", 0.2)
    small = empty.model_copy(update={"database_pool_size": 1})
    async with running(Database(small, "desk", folder)) as database, database.connection():
        before = waited()
        with pytest.raises(Unavailable, match="TimeoutError"):
            await database.fetchval("SELECT 1")

    assert waited() - before >= 0.2


async def test_a_server_that_stays_away_makes_the_start_fail(folder: Path):
    away = ServiceSettings(
        database_url=SecretStr("postgresql://a:b@127.0.0.1:1/c"), start_timeout_seconds=0.5
    )
    database = Database(away, "desk", folder)

    with pytest.raises(Unavailable):
        await database.start()
    with pytest.raises(Unavailable):
        await database.fetchval("SELECT 1")
    assert "not started" in await database.readiness()["postgres"]()
    await database.stop()


@pytest.mark.slow
async def test_the_pool_survives_restarts_of_the_server(
    own_infrastructure: OwnInfrastructure, folder: Path
):
    with own_infrastructure("postgres") as (infrastructure, supervisor):
        settings = ServiceSettings(
            database_url=SecretStr(infrastructure.database_url), database_pool_size=4
        )
        async with running(Database(settings, "desk", folder)) as database:
            for end in (supervisor.stop, lambda name: supervisor.kill(name, restart=False)):
                await asyncio.gather(*(database.execute("SELECT pg_sleep(0.1)") for _ in range(4)))
                in_hand = asyncio.create_task(database.execute("SELECT pg_sleep(8)"))
                await asyncio.sleep(0.2)
                await asyncio.to_thread(end, "postgres")
                with pytest.raises(Unavailable):
                    await in_hand
                for _ in range(5):
                    with pytest.raises(Unavailable):
                        await database.fetchval("SELECT 1")
                assert await database.readiness()["postgres"]() is not None
                await asyncio.to_thread(supervisor.start, "postgres")

                assert await eventually(lambda: _answers(database)) == 1
                assert await database.readiness()["postgres"]() is None


async def _answers(database: Database) -> int | None:
    try:
        return await database.fetchval("SELECT 1")
    except Unavailable:
        return None


def waited() -> float:
    return REGISTRY.get_sample_value("postgres_pool_acquire_seconds_sum") or 0.0
