"""Measures whether the event loop is free when somebody needs it."""

import asyncio

from chassis.part import Part
from chassis.telemetry import metrics

EVERY_SECONDS = 0.25


class LoopWatch(Part):
    """Sleeps, and notes how much longer it took."""

    def __init__(self) -> None:
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Measure until stopped."""
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            began = loop.time()
            try:
                async with asyncio.timeout(EVERY_SECONDS):
                    await self._stopping.wait()
            except TimeoutError:
                metrics.LOOP_LATE.observe(max(0.0, loop.time() - began - EVERY_SECONDS))

    async def stop(self) -> None:
        self._stopping.set()
