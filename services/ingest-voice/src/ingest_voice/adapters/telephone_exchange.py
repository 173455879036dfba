"""The engine and the calls as parts of the service."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from chassis.part import Check, Part
from ingest_voice.adapters.lost_calls import LostCalls
from ingest_voice.handlers.calls import Calls
from ingest_voice.handlers.ports import VoiceEngine


class EngineFailed(Exception):
    """The engine died, and its calls with it: a new process starts afresh."""


class Failure(Part):
    """Ends the process when something breaks that calls depend on."""

    def __init__(self) -> None:
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def fail(self, error: BaseException) -> None:
        """Come out of `run` with this error."""
        if not self._over.done():
            self._over.set_exception(error)

    async def run(self) -> None:
        await asyncio.shield(self._over)

    async def stop(self) -> None:
        if not self._over.done():
            self._over.set_result(None)


class TelephoneExchange(Part):
    """Says first which calls an earlier process lost, then takes new ones."""

    def __init__(
        self,
        engine: VoiceEngine,
        calls: Calls,
        lost: LostCalls,
        *,
        can_listen: Callable[[], Awaitable[None]],
        key_stock: Callable[[], int],
    ) -> None:
        self._engine = engine
        self._calls = calls
        self._lost = lost
        self._can_listen = can_listen
        self._key_stock = key_stock
        self._is_started = False

    async def start(self) -> None:
        # The policy says what becomes of those who waited.
        await self._can_listen()
        await self._lost.tell()
        await self._engine.start(self._calls.on_engine_event)
        self._is_started = True

    async def stop(self) -> None:
        if self._is_started:
            await self._calls.give_up()
            await self._engine.stop()
            await self._calls.recordings_told()

    def readiness(self) -> Mapping[str, Check]:
        """`keys`: new contacts can be sealed."""
        return {"keys": self._check_keys}

    async def _check_keys(self) -> str | None:
        return None if self._key_stock() else "no leased keys"
