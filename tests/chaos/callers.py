"""Customers on the telephone: independent processes that know only what they hear."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from random import Random

from local_stack.phone.process import phone
from tests.e2e.world import NUMBER, World

CALLS_PER_SECOND = 0.3
MOST_CALLS = 4
FIRST_NUMBER = 49307000000
# The menu is asked again and again while the flow's service is away.
KEYS = ("2:1", "6:1", "10:1", "14:1")
STAYS_SECONDS = 14
GIVES_UP_SECONDS = 20.0
GOODBYE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Heard:
    """One call as the caller knows it; `answered_at` in seconds since 1970, None if it was not."""

    number: str
    answered_at: float | None


class Callers:
    """Each calls once, from a number of its own."""

    def __init__(self, world: World, chance: Random) -> None:
        self._world = world
        self._chance = chance
        self._count = 0
        self._calls: set[asyncio.Task[Heard]] = set()
        self.is_open = True
        self.heard: list[Heard] = []

    async def come(self) -> None:
        """Let people call until cancelled, or no longer open."""
        while self.is_open:
            await asyncio.sleep(self._chance.expovariate(CALLS_PER_SECOND))
            if self.is_open and len(self._calls) < MOST_CALLS:
                call = asyncio.create_task(self.call())
                self._calls.add(call)
                call.add_done_callback(self._calls.discard)

    async def close(self) -> None:
        """Return when nobody is on the line any more."""
        if self._calls:
            await asyncio.wait(set(self._calls))

    async def call(self, stays: int = STAYS_SECONDS) -> Heard:
        """Call, press the key for billing, and talk until somebody ends it, or for so long."""
        self._count += 1
        number = f"+{FIRST_NUMBER + self._count}"
        address = f"sip:{NUMBER}@{self._world.stack.address('ingest-voice.SIP_PORT')}"
        options = [word for key in KEYS for word in ("--digits", key)]
        options += ["--hangup-after", str(stays)]
        async with phone("call", address, "--user", number, *options) as caller:
            try:
                await caller.ended(GIVES_UP_SECONDS)
            except TimeoutError:
                await caller.tell("quit")
                with suppress(TimeoutError):
                    await caller.ended(GOODBYE_SECONDS)
            answers = [event["at"] for event in caller.events if event["event"] == "answered"]
        found = Heard(number, answers[0] if answers else None)
        self.heard.append(found)
        return found
