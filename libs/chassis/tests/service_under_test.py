"""A service that does what its first argument says; started as a process by test_run.py."""

import asyncio
import logging
import sys

from chassis.part import Part
from chassis.run import Lifecycle, run_service
from chassis.settings import ServiceSettings


class Named(Part):
    """Says when it starts and stops, and breaks where it is told."""

    def __init__(self, name: str, breaks: str = "") -> None:
        self._name = name
        self._breaks = breaks
        self._is_stopped = asyncio.Event()

    async def start(self) -> None:
        logging.info("start", extra={"part": self._name})
        if self._breaks == "start":
            raise LookupError("start is broken")
        if self._breaks == "hangs at start":
            await asyncio.sleep(60)

    async def run(self) -> None:
        if self._breaks == "run":
            await asyncio.sleep(0.1)
            raise LookupError("run is broken")
        if self._breaks == "has work in hand":
            await self._is_stopped.wait()
            await asyncio.sleep(0.3)
            logging.info("finished", extra={"part": self._name})
        if self._breaks == "works for ever":
            await asyncio.sleep(60)

    async def stop(self) -> None:
        logging.info("stop", extra={"part": self._name})
        self._is_stopped.set()
        if self._breaks == "stop":
            raise LookupError("stop is broken")
        if self._breaks == "is cancelled at stop":
            raise asyncio.CancelledError
        if self._breaks == "hangs at stop":
            await asyncio.sleep(60)


async def _fail() -> None:
    await asyncio.sleep(0.1)
    raise LookupError("work is broken")


async def _work() -> None:
    try:
        await asyncio.sleep(600)
    finally:
        logging.info("work ends")


def build(settings: ServiceSettings, life: Lifecycle) -> None:
    """One part before, the one that may break, one part after."""
    what = sys.argv[1]
    if what == "build":
        raise LookupError("build is broken")
    life.add(Named("first"))
    life.add(Named("second", breaks=what))
    life.add(Named("third"))
    life.spawn("work", _fail() if what == "work" else _work())

    async def drain() -> None:
        logging.info("drain")
        if what == "drains for ever":
            await asyncio.sleep(60)

    life.on_drain(drain)


if __name__ == "__main__":
    sys.exit(run_service("under-test", ServiceSettings(), build))
