"""`make bench`: the path of a chat and of a fact at 20 contacts a second, over Kafka's floor."""

import asyncio
import random
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from chassis.settings import ServiceSettings
from local_stack.demo.agent_person import AgentPerson, Habits
from local_stack.demo.chat_customer import ChatCustomer
from local_stack.stack import Stack
from local_stack.tokens import Tokens
from tests.bench.analytics_lag import AnalyticsLag
from tests.bench.appetite import Appetite
from tests.bench.bare_hops import BareHops
from tests.bench.figures import Figure, quantile

RATE = 20.0
SECONDS = 60.0
WARM_SECONDS = 8.0
SEED = 7
AGENTS = 40
HABITS = Habits(answer_after=0.0, reply_after=0.0, talk=0.05, wrap_up=0.0)


@dataclass(slots=True)
class Samples:
    """What was measured, in seconds."""

    offer: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    lost: int = 0


def write_roster(path: Path) -> Path:
    """Write a roster of equal agents for text."""
    lines = ["agents:"]
    for n in range(AGENTS):
        lines += [f"  - id: bench{n:02d}", "    team: bench", "    skills: {billing: 3}"]
    path.write_text("\n".join(lines) + "\n")
    return path


async def measure(stack: Stack, ready_seconds: float) -> list[Figure]:
    """Drive the running stack and return the figures."""
    appetite = Appetite(stack)
    at_rest = appetite.memory()
    environment = await asyncio.to_thread(stack.environment)
    settings = ServiceSettings(
        kafka_bootstrap_servers=stack.kafka_bootstrap_servers,
        topic_prefix=stack.topic_prefix,
    )
    async with AsyncExitStack() as open_parts:
        bare = await open_parts.enter_async_context(
            BareHops(stack.kafka_bootstrap_servers, "bench.")
        )
        tokens = Tokens(environment)
        lag = await open_parts.enter_async_context(AnalyticsLag(settings, stack, tokens))
        people = await _sign_in(stack, tokens, open_parts)
        await _drive(stack, people, bare, Samples(), WARM_SECONDS)
        lag.forget()
        samples = Samples()
        before = appetite.processor_seconds()
        await _drive(stack, people, bare, samples, SECONDS)
        after = appetite.processor_seconds()
        loaded = appetite.memory()
    return [
        *_paths(samples),
        *lag.figures(),
        *(
            Figure(figure=f"memory at rest: {name}", value=mib, unit="MiB")
            for name, mib in at_rest.items()
        ),
        *(
            Figure(figure=f"memory under load: {name}", value=mib, unit="MiB")
            for name, mib in loaded.items()
        ),
        *(
            Figure(
                figure=f"processor per contact: {name}",
                value=(seconds - before[name]) / (SECONDS * RATE) * 1e3,
                unit="ms",
            )
            for name, seconds in after.items()
        ),
        Figure(figure="start → ready, warm caches", value=ready_seconds, unit="s"),
    ]


async def _sign_in(stack: Stack, tokens: Tokens, open_parts: AsyncExitStack) -> list[AgentPerson]:
    desks = [stack.address("desk.GRPC_PORT")]
    people = [AgentPerson(f"bench{n:02d}", desks, HABITS, tokens) for n in range(AGENTS)]
    for person in people:
        task = asyncio.create_task(person.run())
        open_parts.callback(task.cancel)
    async with asyncio.timeout(60):
        await asyncio.gather(*(person.signed_in.wait() for person in people))
    return people


async def _drive(
    stack: Stack, people: list[AgentPerson], bare: BareHops, samples: Samples, seconds: float
) -> None:
    url = f"ws://{stack.address('ingest-digital.CHAT_PORT')}/v1/chat"
    chance, began = random.Random(SEED), time.perf_counter()

    async def at(slot: float) -> None:
        # Somewhere in the half of its slot: customers do not come in step with anybody's polling.
        instant = began + (slot + chance.random() / 2) / RATE
        await asyncio.sleep(max(0.0, instant - time.perf_counter()))

    tasks: list[asyncio.Task[None]] = []
    for n in range(int(seconds * RATE)):
        await at(n)
        tasks.append(asyncio.create_task(_chat(url, people, samples)))
        await at(n + 0.5)
        tasks.append(asyncio.create_task(_bare(bare, samples)))
    await asyncio.gather(*tasks)


async def _chat(url: str, people: list[AgentPerson], samples: Samples) -> None:
    async with ChatCustomer(url, entry_point="web-direct") as chat:
        await chat.start()
        await chat.state("ended", within=30)
    offered = [p.offered_at.pop(chat.contact_id, None) for p in people]
    instants = [instant for instant in offered if instant is not None]
    if instants:
        samples.offer.append(max(0.0, min(instants) - chat.accepted_at))
    else:
        samples.lost += 1


async def _bare(bare: BareHops, samples: Samples) -> None:
    samples.bare.append(await bare.measure())


def _paths(samples: Samples) -> Iterator[Figure]:
    for name, share, must, aim in (("p50", 0.5, 2.5, 1.8), ("p99", 0.99, 3.0, 2.0)):
        floor = quantile(samples.bare, share)
        value = quantile(samples.offer, share)
        yield Figure(figure=f"three bare Kafka hops, {name}", value=floor * 1e3, unit="ms")
        yield Figure(
            figure=f"chat accepted → offer on the agent's stream, {name}",
            value=value * 1e3,
            unit="ms",
            relative_to=f"three bare Kafka hops, {name}",
            ratio=value / floor if floor else None,
            must=must,
            aim=aim,
        )
    yield Figure(figure="chats measured", value=len(samples.offer), unit="")
    yield Figure(figure="chats without an offer", value=samples.lost, unit="")
