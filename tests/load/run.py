"""A day's arrivals brought into a running contact center, and what became of them."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chassis.settings import ServiceSettings
from local_stack.tokens import Tokens
from tests.load.agents import DeskAgents, FactAgents, names
from tests.load.arrivals import arrivals
from tests.load.customers import ChatCustomers, Customers, FactCustomers, bring
from tests.load.fact_log import FactLog
from tests.load.tally import Visit

CHATS_PER_AGENT = 4
READY_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is brought in: see `python -m tests.load --help`; times in real seconds."""

    day: str = "2003-03-03"
    factor: float = 0.02
    speed: float = 600.0
    seed: int = 1
    seconds: float = 3600.0
    agents: int = 20
    talk: float = 2.0
    patience: float = 60.0
    most: int = 1_000
    is_facts: bool = False


async def run(load: Load, environment: Mapping[str, str]) -> list[Visit]:
    """Play the load on the stack that these settings lead to."""
    planned = arrivals(load.day, load.factor, load.speed, load.seed)
    instants = [instant for instant in planned if instant < load.seconds]
    if load.is_facts:
        return await _by_facts(load, environment, instants)
    return await _by_chats(load, environment, instants)


async def _by_chats(
    load: Load, environment: Mapping[str, str], instants: list[float]
) -> list[Visit]:
    people = DeskAgents(environment["DESK_ADDRESS"], Tokens(environment), load.talk)
    log = FactLog(_settings(environment), environment["WORKSPACE"], lambda decision: None)
    async with log:
        await _hire(log, load.agents)
        try:
            await people.sign_in(load.agents)
            return await _bring(load, instants, ChatCustomers(environment["CHAT_URL"]))
        finally:
            await people.stop()
            await _dismiss(log, load.agents)


async def _by_facts(
    load: Load, environment: Mapping[str, str], instants: list[float]
) -> list[Visit]:
    people, customers = FactAgents(load.talk), FactCustomers()

    def heard(decision: Any) -> None:
        people.heard(decision)
        customers.heard(decision)

    log = FactLog(_settings(environment), environment["WORKSPACE"], heard)
    people.log = customers.log = log
    async with log, asyncio.timeout(load.seconds + 600):
        following = asyncio.create_task(log.follow.run())
        try:
            await asyncio.wait_for(log.follow.caught_up(), READY_SECONDS)
            await _hire(log, load.agents)
            await people.sign_in(load.agents)
            return await _bring(load, instants, customers)
        finally:
            await people.stop()
            await _dismiss(log, load.agents)
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)


async def _bring(load: Load, instants: list[float], customers: Customers) -> list[Visit]:
    return await bring(instants, load.speed, load.seed, load.patience, load.most, customers)


async def _hire(log: FactLog, count: int) -> None:
    for name in names(count):
        await log.define(name, CHATS_PER_AGENT)


async def _dismiss(log: FactLog, count: int) -> None:
    for name in names(count):
        await log.remove(name)


def _settings(environment: Mapping[str, str]) -> ServiceSettings:
    return ServiceSettings(
        kafka_bootstrap_servers=environment["KAFKA_BOOTSTRAP_SERVERS"],
        topic_prefix=environment["TOPIC_PREFIX"],
    )
