"""Keys at hand, so that sealing and opening do not wait for the key service."""

import asyncio
import contextlib
import logging
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from chassis.errors import Unavailable
from chassis.part import Part

MAX_PAUSE_SECONDS = 5.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ContactKey:
    """A key and the id under which the key service knows it."""

    key_id: str
    key: bytes = field(repr=False)


@dataclass(slots=True)
class _Held:
    key: bytes = field(repr=False)
    fetched_at: float


Fetch = Callable[[str], Awaitable[bytes]]
Lease = Callable[[int], Awaitable[Sequence[ContactKey]]]


class KeyCache(Part):
    """Keys by id, kept for minutes; and new keys, leased in batches ahead of need.

    While the key service is away, leased keys go on until the stock is empty, and a key that
    was fetched stays good for `stale_seconds` beyond its time. Then: Unavailable.
    A destroyed key is forgotten at the next fetch, at the latest after `ttl_seconds` while
    the key service answers.
    """

    def __init__(
        self,
        fetch: Fetch | None = None,
        lease: Lease | None = None,
        *,
        batch: int = 200,
        ttl_seconds: float = 300.0,
        stale_seconds: float = 600.0,
        max_keys: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._lease = lease
        self._batch = batch
        self._ttl_seconds = ttl_seconds
        self._stale_seconds = stale_seconds
        self._max_keys = max_keys
        self._clock = clock
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._fetching: dict[str, asyncio.Task[bytes]] = {}
        self._stock: deque[ContactKey] = deque()
        self._low = asyncio.Event()
        self._stocked = asyncio.Event()
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Keep the stock of leased keys filled, also through outages of the key service."""
        if self._lease is None:
            return
        filling = asyncio.create_task(self._keep_stocked(), name="key-stock")
        stopped = asyncio.create_task(self._stopped.wait())
        try:
            await asyncio.wait({filling, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if filling.done():
                filling.result()
        finally:
            filling.cancel()
            stopped.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await filling

    async def stop(self) -> None:
        """Forget every key."""
        self._stopped.set()
        self._stock.clear()
        self._held.clear()

    @property
    def stock(self) -> int:
        """Leased keys that are left."""
        return len(self._stock)

    async def lease_key(self, within: float = 2.0) -> ContactKey:
        """A key nobody used before; Unavailable when the stock is empty and stays so."""
        if not self._stock:
            self._low.set()
            self._stocked.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(within):
                    await self._stocked.wait()
        if not self._stock:
            raise Unavailable("no leased keys left, and the key service gives none")
        leased = self._stock.popleft()
        if len(self._stock) < self._batch // 2:
            self._low.set()
        self._hold(leased.key_id, leased.key)
        return leased

    async def key(self, key_id: str) -> bytes:
        """The key of that id; Unavailable when it is not at hand and the service is away.

        What the service says otherwise (unknown, destroyed) comes through as it is.
        """
        held = self._held.get(key_id)
        age = self._clock() - held.fetched_at if held else 0.0
        if held is not None and age <= self._ttl_seconds:
            self._held.move_to_end(key_id)
            return held.key
        try:
            return await self._fetch_once(key_id)
        except Unavailable:
            if held is not None and age <= self._ttl_seconds + self._stale_seconds:
                return held.key
            raise
        except Exception:
            self.forget(key_id)
            raise

    def forget(self, key_id: str) -> None:
        """Drop a key now (it was destroyed)."""
        self._held.pop(key_id, None)

    async def _fetch_once(self, key_id: str) -> bytes:
        """Many who ask for one key at the same time cause one call."""
        task = self._fetching.get(key_id)
        if task is None:
            task = asyncio.create_task(self._fetch_and_hold(key_id), name="key-fetch")
            self._fetching[key_id] = task
            task.add_done_callback(lambda _: self._fetching.pop(key_id, None))
        return await asyncio.shield(task)

    async def _fetch_and_hold(self, key_id: str) -> bytes:
        if self._fetch is None:
            raise Unavailable(f"key {key_id!r} is not at hand and there is nobody to ask")
        key = await self._fetch(key_id)
        self._hold(key_id, key)
        return key

    def _hold(self, key_id: str, key: bytes) -> None:
        self._held[key_id] = _Held(key, self._clock())
        self._held.move_to_end(key_id)
        while len(self._held) > self._max_keys:
            self._held.popitem(last=False)

    async def _keep_stocked(self) -> None:
        assert self._lease is not None
        pause = 0.1
        while True:
            try:
                while len(self._stock) < self._batch:
                    leased = await self._lease(self._batch)
                    if not leased:
                        raise Unavailable("the key service leased no keys")
                    self._stock.extend(leased)
                    self._stocked.set()
                pause = 0.1
            except Unavailable as error:
                log.warning("keys not leased", extra={"stock": self.stock, "error": str(error)})
                await asyncio.sleep(pause)
                pause = min(pause * 2, MAX_PAUSE_SECONDS)
                continue
            self._low.clear()
            await self._low.wait()
