"""What the lifecycle starts, watches and stops."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol, runtime_checkable

Check = Callable[[], Awaitable[str | None]]
"""Says None when all is well, else what is wrong; an exception counts as wrong too."""


@runtime_checkable
class Startable(Protocol):
    """The least that a part has; `Part` adds work of its own and checks."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...


class Part:
    """A piece of a service with a beginning, an end, and perhaps work and checks in between."""

    async def start(self) -> None:
        """Be usable when this returns; raise what makes that impossible."""

    async def run(self) -> None:
        """Work until `stop` is called; an exception ends the process.

        Then finish what is in hand and return: it is waited for, and cut off when `stop` and it
        take longer than the stop timeout.
        """

    async def stop(self) -> None:
        """Finish what is in hand and let go of everything; safe after a failed start."""

    def readiness(self) -> Mapping[str, Check]:
        """Checks that decide whether work may be sent here."""
        return {}

    def liveness(self) -> Mapping[str, Check]:
        """Checks whose failure only a restart cures; never about Kafka or Postgres."""
        return {}
