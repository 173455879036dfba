"""Named checks that mean what they say."""

import asyncio
from collections.abc import Mapping

from chassis.part import Check

CHECK_SECONDS = 3.0


class Health:
    """Liveness: only a restart helps. Readiness: work may be sent here."""

    def __init__(self) -> None:
        self._readiness: dict[str, Check] = {}
        self._liveness: dict[str, Check] = {}
        self._has_started = False
        self._is_draining = False

    def add(self, readiness: Mapping[str, Check], liveness: Mapping[str, Check]) -> None:
        """Ask these too; a name that is taken gets a number."""
        for checks, more in ((self._readiness, readiness), (self._liveness, liveness)):
            for name, check in more.items():
                checks[_free_name(name, checks)] = check

    def started(self) -> None:
        """Everything is up; before that nothing is ready."""
        self._has_started = True

    def draining(self) -> None:
        """No new work from now on."""
        self._is_draining = True

    async def not_ready(self) -> dict[str, str]:
        """What stands against sending work here: reason by check; empty when ready."""
        if self._is_draining:
            return {"draining": "the process is stopping"}
        if not self._has_started:
            return {"starting": "not everything is up"}
        return await _failing(self._readiness)

    async def not_alive(self) -> dict[str, str]:
        """What only a restart helps against: reason by check; empty when alive."""
        return await _failing(self._liveness)


async def _failing(checks: Mapping[str, Check]) -> dict[str, str]:
    reasons = await asyncio.gather(*(_ask(check) for check in checks.values()))
    return {name: why for name, why in zip(checks, reasons, strict=True) if why is not None}


async def _ask(check: Check) -> str | None:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except TimeoutError:
        return f"no answer in {CHECK_SECONDS:.0f} s"
    except Exception as error:  # noqa: BLE001  (a check that breaks is a failed check)
        return type(error).__name__


def _free_name(name: str, taken: Mapping[str, Check]) -> str:
    number, candidate = 1, name
    while candidate in taken:
        number += 1
        candidate = f"{name}-{number}"
    return candidate
