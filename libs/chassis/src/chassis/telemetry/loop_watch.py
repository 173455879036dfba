"""Measures whether the event loop is free when somebody needs it."""

import asyncio

from chassis.part import Part
from chassis.telemetry import metrics

EVERY_SECONDS = 0.25


class LoopWatch(Part):
    """Sleeps, and notes how much longer it took."""

    async def run(self) -> None:
        """Measure until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            await asyncio.sleep(EVERY_SECONDS)
            metrics.LOOP_LATE.observe(max(0.0, loop.time() - began - EVERY_SECONDS))
