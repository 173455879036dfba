"""Parts that start and stop at the same time, so that a restart is short."""

import asyncio
from collections.abc import Mapping, Sequence

from chassis.part import Check, Part


class Together(Part):
    """Several parts as one; the first that fails ends them all."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = tuple(parts)

    async def start(self) -> None:
        """All have started; the first error of any."""
        await asyncio.gather(*(part.start() for part in self._parts))

    async def run(self) -> None:
        """All work."""
        await asyncio.gather(*(part.run() for part in self._parts))

    async def stop(self) -> None:
        """All have stopped, also when one could not."""
        outcomes = await asyncio.gather(
            *(part.stop() for part in self._parts), return_exceptions=True
        )
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    def readiness(self) -> Mapping[str, Check]:
        """The checks of all."""
        return {name: check for part in self._parts for name, check in part.readiness().items()}

    def liveness(self) -> Mapping[str, Check]:
        """The checks of all."""
        return {name: check for part in self._parts for name, check in part.liveness().items()}
