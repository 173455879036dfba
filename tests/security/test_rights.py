"""The rights that production gives: nobody reads or writes beyond them, and none is left unused.

What is used is what the broker's own authorizer wrote down while the services ran.
"""

import asyncio
from typing import Any

import asyncpg
import grpc
import grpc.aio
import pytest
from aiokafka.errors import ClusterAuthorizationFailedError

from chassis.errors import NotAllowed
from chassis.kafka import DeadLetters, FollowConsumer, FromStart, GroupConsumer, Producer, Record
from chassis.testing import eventually, running
from local_stack.stack import Stack
from tests.security.conversation import heard_in_a_chat
from tests.security.fortress import Fortress, kafka_users, run_command
from tests.security.methods import METHODS, SERVED_BY, answer

CONTACTS = "contact-events.v1"
# Used by more than a running system with a chat: calls, callbacks, and what nobody understands.
CALLS = {
    ("ingest-voice", "contact-events.v1"), ("ingest-voice", "message-events.v1"),
    ("self-service", "channel-commands.v1"), ("self-service", "message-events.v1"),
    ("router", "workspace-policies.v1"), ("desk", "channel-commands.v1"),
}  # fmt: skip
USERS = kafka_users()
# It scales, and does nothing but look how far groups are.
SERVICES = sorted(USERS.keys() - {"keda"})


async def nothing(record: Record) -> None: ...


def topics_of(user: str, operation: str) -> set[str]:
    return {
        rule["resource"]["name"]
        for rule in USERS[user]
        if rule["resource"]["type"] == "topic" and operation in rule["operations"]
    }


ALL_TOPICS = {topic for user in USERS for topic in topics_of(user, "Describe")}


@pytest.mark.parametrize("user", SERVICES)
async def test_nobody_reads_what_is_not_theirs(user: str, stack: Stack, servers: Fortress):
    async def is_refused(topic: str) -> None:
        follower = FollowConsumer(
            servers.settings(user), [topic], nothing, FromStart(), name="curious"
        )
        try:
            with pytest.raises(NotAllowed, match=f"does not let {user} read"):
                await follower.start()
                async with asyncio.timeout(20):
                    await follower.run()
        finally:
            await follower.stop()

    theirs = topics_of(user, "Read")
    for topic in sorted(ALL_TOPICS - theirs):
        await is_refused(topic)


@pytest.mark.parametrize("user", SERVICES)
async def test_nobody_writes_what_is_not_theirs(user: str, stack: Stack, servers: Fortress):
    if not topics_of(user, "Write"):
        with pytest.raises(ClusterAuthorizationFailedError):
            await Producer(servers.settings(user), user).start()
        return
    async with running(Producer(servers.settings(user), user)) as producer:
        for topic in sorted(ALL_TOPICS - topics_of(user, "Write")):
            with pytest.raises(NotAllowed, match=f"does not let {user} write {topic}"):
                await producer.send(topic, "main", b"forged")


@pytest.mark.parametrize("user", SERVICES)
async def test_nobody_is_a_member_of_anothers_group(user: str, stack: Stack, servers: Fortress):
    other = "router" if user != "router" else "crm"
    readable = sorted(topics_of(user, "Read"))
    settings = servers.settings(user)
    producer: Any = None
    thief = GroupConsumer(settings, f"{other}-x", readable, nothing, DeadLetters(producer, user))
    try:
        with pytest.raises(NotAllowed, match=f"as group {other}-x"):
            await thief.start()
            async with asyncio.timeout(20):
                await thief.run()
    finally:
        await thief.stop()


async def test_an_operator_in_a_routers_pod_may_move_the_engine_on(stack: Stack, servers: Fortress):
    """As docs/deploy.md says: with the router's own rights."""
    for verb in ("show", "activate"):
        await asyncio.to_thread(run_command, servers, stack, "router", "engine", verb)


async def test_no_right_is_left_unused(stack: Stack, servers: Fortress):
    """What the running services read, and what the commands read when somebody calls them."""
    await heard_in_a_chat(stack, servers)
    await _be_refused_everywhere(stack, servers)
    await _start_the_router_anew_after_garbage(stack, servers)
    await _start_crm_anew_without_its_heads(stack, servers)
    for user, *verb in (("policy-command", "replay"), ("audit-command", "audit", "verify")):
        await asyncio.to_thread(run_command, servers, stack, user, *verb)
    granted = {(user, "READ", topic) for user in SERVICES for topic in topics_of(user, "Read")}
    granted |= {(user, "WRITE", topic) for user in SERVICES for topic in topics_of(user, "Write")}

    def unused() -> set[tuple[str, str]]:
        left = granted - servers.rights_used()
        return {
            (user, topic)
            for user, operation, topic in left
            if not (operation == "WRITE" and ((user, topic) in CALLS or ".dlq." in topic))
        }

    def none_is_left() -> bool:
        left = sorted(unused())
        assert left == [], f"{left}"
        return True

    await eventually(none_is_left, within=20, every=0.5)


async def _be_refused_everywhere(stack: Stack, servers: Fortress) -> None:
    """Each service writes down whom it did not let in."""
    for name, service in SERVED_BY.items():
        method = next(method for method in METHODS if method.service == name)
        address = stack.address(f"{service}.GRPC_PORT")
        async with grpc.aio.secure_channel(address, servers.client_credentials) as channel:
            assert await answer(channel, method, "x", "main") == "UNAUTHENTICATED malformed"


async def _start_the_router_anew_after_garbage(stack: Stack, servers: Fortress) -> None:
    """It reads back what it wrote, and what it parked."""
    async with running(Producer(servers.settings("crm"), "crm")) as producer:
        await producer.send(CONTACTS, "nowhere", b"garbage")
    parked = ("router", "WRITE", f"{CONTACTS}.dlq.router")
    await eventually(lambda: parked in servers.rights_used(), within=30)
    await asyncio.to_thread(stack.parts.restart, "router")


async def _start_crm_anew_without_its_heads(stack: Stack, servers: Fortress) -> None:
    """It reads from the log how far each chain is."""
    connection = await asyncpg.connect(servers.database_url("crm"))
    try:
        sealed = "SELECT count(*) FROM crm.audit_heads WHERE number > 0"
        await eventually(lambda: connection.fetchval(sealed))
        await connection.execute("TRUNCATE crm.audit_heads")
    finally:
        await connection.close()
    await asyncio.to_thread(stack.parts.restart, "crm")
