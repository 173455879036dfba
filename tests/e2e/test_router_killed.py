"""The router is killed with kill -9 under traffic, ten times: nothing is lost or doubled."""

import asyncio

from chassis.testing import eventually
from tests.e2e.world import World

KILLS = 10
CHATS_PER_KILL = 4
WITHIN = 120.0


async def test_ten_kills_of_the_router_under_traffic_lose_and_double_nothing(world: World):
    people = [await world.agent(name, talk=0.2) for name in ("ana", "bob", "dia", "eva")]
    accepted: list[str] = []
    visits: list[asyncio.Task[None]] = []
    for kill in range(KILLS):
        visits += [asyncio.create_task(_visit(world, accepted)) for _ in range(CHATS_PER_KILL)]
        visits += [asyncio.create_task(_mail(world, kill))]
        await eventually(lambda n=kill: len(accepted) >= n * CHATS_PER_KILL + 1)
        restarts = world.stack.parts.restarts("router")
        world.stack.parts.kill("router")
        await eventually(lambda n=restarts: world.stack.parts.restarts("router") > n, within=WITHIN)
        await eventually(
            lambda: asyncio.to_thread(world.stack.parts.is_ready, "router"), WITHIN, every=0.1
        )
    await asyncio.gather(*visits)

    assert len(accepted) == KILLS * CHATS_PER_KILL
    report = await world.report(accepted=frozenset(accepted))
    assert report.findings == []
    assert sum(len(person.handled) for person in people) >= len(accepted)


async def _visit(world: World, accepted: list[str]) -> None:
    async with world.chat() as chat:
        await chat.start()
        accepted.append(chat.contact_id)
        await chat.hear("agent", within=WITHIN)
        await chat.state("ended", within=WITHIN)


async def _mail(world: World, number: int) -> None:
    await world.mail(
        sender=f"kill{number}@example.org",
        recipient="billing@cc.test",
        subject="A bill",
        text="Which one?",
    )
