"""Every service gets along with the rights of production, and nobody with another's.

A real broker with SASL_SSL and an authorizer, a real Postgres with TLS, a user for each service;
the ACLs are those that `deploy/k8s` generates from `proto/topics.yaml`. Every server of every
service speaks TLS, and a chat goes all the way through.
"""

import asyncio
import socket
import ssl

import asyncpg
import grpc
import pytest

from chassis.errors import NotAllowed, Unavailable
from chassis.kafka import DeadLetters, FollowConsumer, FromStart, GroupConsumer, Producer, Record
from chassis.postgres import Database
from chassis.testing import running
from crm.app import MIGRATIONS
from local_stack.stack import Stack
from tests.security.conftest import SERVICES
from tests.security.conversation import heard_in_a_chat
from tests.security.fortress import SCHEMAS, Fortress

CONTACTS, STEPS = "contact-events.v1", "routing-events.v1"


async def nothing(record: Record) -> None: ...


async def test_a_chat_goes_all_the_way_through(stack: Stack, servers: Fortress):
    assert await heard_in_a_chat(stack, servers) == "Good day"


SERVERS = [
    *(f"{service}.ADMIN_PORT" for service in SERVICES),
    *(f"{service}.GRPC_PORT" for service in ("analytics", "crm", "desk", "router")),
    "ingest-digital.CHAT_PORT",
]


@pytest.mark.parametrize("server", SERVERS)
def test_every_server_speaks_tls_and_nothing_else(server: str, stack: Stack, servers: Fortress):
    host, _, port = stack.address(server).rpartition(":")
    trusted = ssl.create_default_context(cafile=servers.authority)
    trusted.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection((host, int(port)), timeout=10) as bare,
        trusted.wrap_socket(bare, server_hostname=host) as known,
    ):
        version = known.version()
    with socket.create_connection((host, int(port)), timeout=10) as clear:
        clear.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = clear.recv(100)

    assert version in ("TLSv1.2", "TLSv1.3")
    assert b"HTTP" not in answer


async def test_crm_wants_a_certificate_of_those_who_call_it(stack: Stack, servers: Fortress):
    """An agent's program has none; the services showed theirs, else the chat had not gone on."""
    trusted = grpc.ssl_channel_credentials(servers.authority.read_bytes())
    address = stack.address("crm.GRPC_PORT")
    async with grpc.aio.secure_channel(address, trusted) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await channel.unary_unary("/grpc.health.v1.Health/Check")(b"", timeout=10)

    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_postgres_itself_speaks_tls_to_its_services(stack: Stack, servers: Fortress):
    if servers.postgres_binaries is None:
        pytest.skip(
            "NO POSTGRES WITH TLS HERE: apt-get install postgresql; a proxy stood in for it"
        )
    server = await asyncpg.connect(servers.admin_url, timeout=30)
    rows = await server.fetch(
        "SELECT DISTINCT usename, ssl, version FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) "
        "WHERE backend_type = 'client backend'"
    )
    await server.close()

    assert {row["usename"] for row in rows} >= set(SCHEMAS)
    assert all(row["ssl"] and row["version"] in ("TLSv1.2", "TLSv1.3") for row in rows)


async def test_who_is_no_writer_of_a_topic_cannot_append_to_it(servers: Fortress):
    for user, topic in (("analytics", CONTACTS), ("desk", STEPS), ("ingest-digital", STEPS)):
        async with running(Producer(servers.settings(user), user)) as producer:
            with pytest.raises(NotAllowed, match=f"does not let {user} write {topic}"):
                await producer.send(topic, "main", b"forged")


async def test_a_writer_may_write_again_after_a_refusal(servers: Fortress):
    async with running(Producer(servers.settings("desk"), "desk")) as producer:
        with pytest.raises(NotAllowed):
            await producer.send(STEPS, "main", b"forged")
        written = await producer.send("channel-commands.v1", "c1", b"")

    assert written.offset >= 0


async def test_who_is_no_reader_of_a_topic_is_told_so_at_once(servers: Fortress):
    follower = FollowConsumer(
        servers.settings("ingest-voice"), ["workspace-policies.v1", "message-events.v1"],
        nothing, FromStart(), name="curious",
    )  # fmt: skip
    with pytest.raises(NotAllowed, match="does not let ingest-voice read") as caught:
        await _work(follower)

    assert "message-events.v1" in str(caught.value)


async def test_a_group_is_its_services_own(servers: Fortress):
    settings = servers.settings("self-service")
    async with running(Producer(settings, "self-service")) as producer:
        letters = DeadLetters(producer, "self-service")
        thief = GroupConsumer(settings, "crm", [CONTACTS], nothing, letters)
        with pytest.raises(NotAllowed, match="as group crm: GroupAuthorizationFailedError"):
            await _work(thief)


async def test_a_wrong_password_does_not_get_in(servers: Fortress):
    settings = servers.settings("desk", start_timeout_seconds=1.0)
    wrong = settings.model_copy(update={"kafka_sasl_password": settings.database_url})
    with pytest.raises((NotAllowed, Unavailable)):
        async with running(Producer(wrong, "desk")):
            pass


async def test_a_role_neither_reads_nor_changes_anothers_schema(stack: Stack, servers: Fortress):
    connection = await asyncpg.connect(
        f"{servers.database_url('analytics')}?sslmode=verify-full&sslrootcert={servers.authority}"
    )
    try:
        for statement in ("SELECT * FROM crm.customers", "CREATE TABLE crm.mine (x int)"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()
    with pytest.raises(NotAllowed, match="Postgres does not let us"):
        await Database(servers.settings("analytics", "analytics"), "crm", MIGRATIONS).start()


@pytest.mark.parametrize("role", SCHEMAS)
async def test_a_role_may_nothing_beyond_its_own_schema(role: str, stack: Stack, servers: Fortress):
    """Not one table of the others, no schema or role of its own making, no file, no program."""
    other = next(schema for schema in SCHEMAS if schema != role)
    forbidden = [
        f"CREATE TABLE {other}.mine (x int)", "CREATE TABLE public.mine (x int)",
        "CREATE SCHEMA mine", "CREATE ROLE mine", f"ALTER ROLE {role} SUPERUSER",
        f"SET ROLE {other}", "SELECT pg_read_file('/etc/passwd')",
        "COPY (SELECT 1) TO PROGRAM 'id'",
    ]  # fmt: skip
    connection = await asyncpg.connect(
        f"{servers.database_url(role)}?sslmode=verify-full&sslrootcert={servers.authority}"
    )
    try:
        tables = await connection.fetch(
            "SELECT format('%I.%I', n.nspname, c.relname) AS name, n.nspname AS schema"
            " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind = 'r' AND n.nspname = ANY($1)",
            list(SCHEMAS),
        )
        theirs = [table["name"] for table in tables if table["schema"] != role]
        for statement in (*forbidden, *(f"SELECT 1 FROM {table} LIMIT 1" for table in theirs)):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()

    assert {table["schema"] for table in tables} == set(SCHEMAS)
    assert len(theirs) > 5


async def test_nobody_speaks_to_postgres_in_clear(servers: Fortress):
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        await asyncpg.connect(f"{servers.database_url('crm')}?sslmode=disable")


async def _work(part: FollowConsumer | GroupConsumer) -> None:
    """Start and run for a while."""
    try:
        await part.start()
        async with asyncio.timeout(60):
            await part.run()
    finally:
        await part.stop()
