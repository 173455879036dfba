"""The faults: each breaks something, says what, and leaves it to the heal phase or mends it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import Random

import aiohttp

from local_stack.processes import Program
from local_stack.stack import Stack
from tests.chaos import records
from tests.e2e.world import World

BEYOND_SESSION_SECONDS = 9.0
OUTAGE_SECONDS = 20.0
STORM_SECONDS = 9.0
SECOND = "router-2"
CALL_WITHIN_SECONDS = 5.0
LEAP_SECONDS = 300
FAKETIME = (
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
)

Fault = Callable[[World, Random], Awaitable[str]]


class Skipped(Exception):
    """This machine lacks what the fault needs."""


def kill(name: str) -> Fault:
    """Return the fault that ends a part with kill -9; its supervisor starts it again."""

    async def fault(world: World, _: Random) -> str:
        await asyncio.to_thread(world.stack.parts.kill, name)
        return f"kill -9 {name}"

    return fault


async def kill_voice(world: World, _: Random) -> str:
    """Kill -9 the phone service while somebody is on the line, if anybody comes in time."""
    calls = 0.0
    with suppress(TimeoutError, aiohttp.ClientError):
        async with asyncio.timeout(CALL_WITHIN_SECONDS):
            while not calls:
                await asyncio.sleep(0.1)
                calls = (await world.metrics("ingest-voice")).get("ingest_voice_live_calls", 0.0)
    await asyncio.to_thread(world.stack.parts.kill, "ingest-voice")
    return f"kill -9 ingest-voice with {calls:.0f} calls"


async def freeze_router(world: World, _: Random) -> str:
    """SIGSTOP for longer than the session: another takes over, then the old one wakes up."""
    await second_router(world)
    world.stack.parts.pause("router")
    await asyncio.sleep(BEYOND_SESSION_SECONDS)
    world.stack.parts.resume("router")
    await asyncio.sleep(1.0)
    await asyncio.to_thread(world.stack.parts.kill, SECOND, restart=False)
    return f"SIGSTOP of the router for {BEYOND_SESSION_SECONDS:g} s beside a second one"


async def rebalance_storm(world: World, chance: Random) -> str:
    """A second router comes and goes, politely and not."""
    ends = asyncio.get_running_loop().time() + STORM_SECONDS
    times = 0
    while asyncio.get_running_loop().time() < ends:
        await second_router(world)
        await asyncio.sleep(chance.uniform(0.2, 2.0))
        if chance.random() < 0.5:
            await asyncio.to_thread(world.stack.parts.kill, SECOND, restart=False)
        else:
            await asyncio.to_thread(world.stack.parts.stop, SECOND)
        times += 1
    return f"a second router came and went {times} times"


async def broker_outage(world: World, _: Random) -> str:
    """No broker for 20 s: an outage of the middle must make nobody not_responding."""
    parts = world.stack.parts
    await asyncio.to_thread(parts.kill, "kafka", restart=False)
    await asyncio.sleep(OUTAGE_SECONDS)
    await asyncio.to_thread(parts.start, "kafka")
    return f"no broker for {OUTAGE_SECONDS:g} s"


async def frozen_broker(world: World, _: Random) -> str:
    """A broker that holds its connections and answers nothing."""
    world.stack.parts.pause("kafka")
    await asyncio.sleep(BEYOND_SESSION_SECONDS)
    world.stack.parts.resume("kafka")
    return f"the broker froze for {BEYOND_SESSION_SECONDS:g} s"


async def dead_desk(world: World, chance: Random) -> str:
    """A desk replica dies for good, and comes back only later."""
    parts = world.stack.parts
    await asyncio.to_thread(parts.kill, "desk-2", restart=False)
    await asyncio.sleep(chance.uniform(4.0, BEYOND_SESSION_SECONDS))
    await asyncio.to_thread(parts.start, "desk-2")
    return "a desk replica was dead for a while"


async def leaping_clock(world: World, chance: Random) -> str:
    """The clock of the broker's host leaps; the log's stamps go with it."""
    file = world.stack.data / "faketime"
    if not file.exists():
        raise Skipped("libfaketime (Debian: faketime) is not installed: no clock leaps")
    leap = chance.choice((-LEAP_SECONDS, LEAP_SECONDS))
    file.write_text(f"{leap:+d}\n")
    return f"the broker's clock leapt by {leap:+d} s"


def prepare_clock(stack: Stack) -> None:
    """Let the broker's clock be moved through a file, from its start on, where that is possible."""
    library = next((path for path in FAKETIME if Path(path).exists()), None)
    if library is None:
        return
    file = stack.data / "faketime"
    file.write_text("+0\n")
    wanted = {
        "LD_PRELOAD": library,
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        # Its fix for another C library makes Java's waits spin.
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",
    }

    def fake(program: Program) -> Program:
        return replace(program, environment={**program.environment, **wanted})

    stack.parts.change("kafka", fake)


async def second_router(world: World) -> None:
    """Have a second router run; it need not be ready."""
    if SECOND in world.stack.parts.names():
        await asyncio.to_thread(world.stack.parts.start, SECOND)
    else:
        await asyncio.to_thread(world.stack.add_replica, "router")


async def mend(world: World) -> None:
    """End what is left of the faults: everything that belongs runs, nothing else does."""
    parts = world.stack.parts
    for name in parts.names():
        if parts.pid(name) is not None:
            parts.resume(name)
    if SECOND in parts.names():
        await asyncio.to_thread(parts.stop, SECOND)
    file = world.stack.data / "faketime"
    if file.exists():
        file.write_text("+0\n")
    for name in parts.names():
        if name != SECOND:
            await asyncio.to_thread(parts.start, name)


HEAVY: dict[str, Fault] = {
    "kill router": kill("router"),
    "kill broker": kill("kafka"),
    "freeze router": freeze_router,
    "broker outage": broker_outage,
    "dead desk": dead_desk,
    "rebalance storm": rebalance_storm,
    "kill postgres": kill("postgres"),
    "frozen broker": frozen_broker,
}
# Beside the others, at any time: so two die at once, and some while there is no broker.
KILLS: dict[str, Fault] = {
    f"kill {name}": kill(name)
    for name in ("analytics", "crm", "desk", "ingest-digital", "self-service")
} | {"kill ingest-voice": kill_voice}
LIGHT: dict[str, Fault] = {
    "poison": records.poison,
    "repeats": records.repeats,
    "leaping clock": leaping_clock,
}
