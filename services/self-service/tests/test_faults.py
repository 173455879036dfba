"""Replicas that die, that are several, a database that is away: nothing is lost or doubled."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import pytest
from conftest import StartReplica
from surroundings import Customer, Surroundings

from chassis.testing import eventually

pytestmark = pytest.mark.slow

WELCOME = "Welcome to the contact center."
MENU = "How can we help you?"
NO_INPUT = f"Sorry, we did not get an answer.\n{MENU}"
BILLING = "One moment, we are connecting you with billing."
SUPPORT = "One moment, we are connecting you with support."


async def test_a_killed_replica_goes_on_in_the_middle_of_a_question(
    replica: StartReplica, around: Surroundings, flows_dir: Path
):
    """Also when the flow's file has changed in the meantime."""
    async with replica() as service:
        visitor = await around.arrive("web")
        caller = await around.arrive("hotline")
        for customer in (visitor, caller):
            await customer.is_recognised(is_new=True)
        await visitor.hears(WELCOME, MENU)
        await eventually(lambda: len(around.ordered(caller.contact_id)) == 2)
        await service.kill()
    await visitor.types("billing")
    await caller.presses("1")
    main = flows_dir / "main.yaml"
    main.write_text(main.read_text().replace("queue: billing", "queue: sales"))
    async with replica() as service:
        for customer in (visitor, caller):
            assert (await customer.queued()).queue == "billing"
        await visitor.hears(WELCOME, MENU, BILLING)
        later = await around.arrive("web")
        await later.is_recognised(is_new=True)
        await later.hears(WELCOME, MENU)
        await later.types("billing")
        assert (await later.queued()).queue == "sales"


async def test_a_deadline_that_passed_while_nobody_ran_is_acted_on(
    replica: StartReplica, around: Surroundings, flows_dir: Path
):
    main = flows_dir / "main.yaml"
    main.write_text(main.read_text().replace("text: 120", "text: 3").replace("ies: 2", "ies: 1"))
    async with replica() as service:
        visitor = await around.arrive("web")
        await visitor.is_recognised(is_new=True)
        await visitor.hears(WELCOME, MENU)
        await service.kill()
    async with replica():
        await visitor.hears(WELCOME, MENU, NO_INPUT, SUPPORT)
        assert (await visitor.queued()).queue == "support"


async def test_two_replicas_share_the_work_and_one_dies(
    replica: StartReplica, around: Surroundings
):
    """A visitor's messages are read by whoever has their partition, their arrival by another."""
    async with AsyncExitStack() as stack:
        first, second = [await stack.enter_async_context(replica()) for _ in range(2)]
        before = [await greeted(around) for _ in range(8)]
        await first.kill()
        after = await asyncio.gather(*(greeted(around) for _ in range(4)))
        for visitor in (*before, *after):
            await visitor.types("billing")
        for visitor in (*before, *after):
            assert (await visitor.queued()).queue == "billing"
            await visitor.hears(WELCOME, MENU, BILLING)
        assert await second.metric("self_service_flows_started_total") >= 4


async def test_kills_under_traffic_neither_lose_nor_double(
    replica: StartReplica, around: Surroundings
):
    """Each contact has one request, and every text stands once (by its id) in its conversation."""
    visitors: list[Customer] = []
    direct: list[Customer] = []

    async def traffic() -> None:
        for _ in range(80):
            visitors.append(await around.arrive("web"))
            await visitors[-1].is_recognised(is_new=True)
            direct.append(await around.arrive("web-direct"))
            await asyncio.sleep(0.1)

    coming = asyncio.create_task(traffic())
    # A static member gets its partitions back at once, as on Kubernetes.
    member = {"INSTANCE_ID": "replica-1", "KAFKA_STATIC_MEMBERSHIP": "true"}
    for _ in range(3):
        async with replica(**member) as service:
            begun = "self_service_flows_started_total"
            await eventually(lambda: more_than(service.metric(begun), 2))  # noqa: B023
            await service.kill()
    async with replica(**member):
        await coming
        for visitor in visitors:
            await visitor.hears(WELCOME, MENU)
            await visitor.types("billing")
        for contact in (*visitors, *direct):
            await contact.queued()
        for visitor in visitors:
            await visitor.hears(WELCOME, MENU, BILLING)
    for contact in (*visitors, *direct):
        assert len({e.event_id for e in around.requested(contact.contact_id)}) == 1


async def test_a_database_that_is_away_delays_and_loses_nothing(
    replica: StartReplica, around: Surroundings, database_of_replicas: str
):
    async with replica(STATEMENT_TIMEOUT_SECONDS="2") as service:
        before = await greeted(around)
        async with locked(database_of_replicas):
            direct = await around.arrive("web-direct")
            assert (await direct.queued()).queue == "billing"
            asked = await around.arrive("web")
            await asked.is_recognised(is_new=True)
            await before.types("billing")
            waits = "consumer_handle_retries_total"
            await eventually(lambda: more_than(service.metric(waits), 0))
        await asked.hears(WELCOME, MENU)
        assert (await before.queued()).queue == "billing"


async def greeted(around: Surroundings) -> Customer:
    visitor = await around.arrive("web")
    await visitor.is_recognised(is_new=True)
    await visitor.hears(WELCOME, MENU)
    return visitor


class locked:
    """The states' table is somebody else's: nobody can read or write it."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url

    async def __aenter__(self) -> None:
        self._connection = await asyncpg.connect(self._database_url)
        await self._connection.execute("BEGIN; LOCK TABLE self_service.flow_states")

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()


async def more_than(value: object, least: float) -> bool:
    return await value > least  # type: ignore[misc,operator]
