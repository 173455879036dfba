"""Agents by the thousand in one process, who note when an offer reaches them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from contact_center_agent import AgentClient, Channels, kind_of

STREAMS_OF_CONNECTION = 50
AT_ONCE = 100
SIGN_IN_SECONDS = 300.0


class Agents:
    """Signed in at one desk; `offered` has the instant at which each contact's offer was read."""

    def __init__(
        self, address: str, workspace: str, token: Callable[[str], Awaitable[str]]
    ) -> None:
        self._address = address
        self._workspace = workspace
        self._token = token
        self._channels = Channels(streams_each=STREAMS_OF_CONNECTION)
        self._open_parts = AsyncExitStack()
        self._signing_in = asyncio.Semaphore(AT_ONCE)
        self._clients: list[AgentClient] = []
        self.offered: dict[str, float] = {}

    @property
    def held(self) -> int:
        """How many streams stand."""
        return sum(client.is_connected for client in self._clients)

    async def sign_in(self, names: list[str]) -> None:
        """Return when everybody has a snapshot."""
        await asyncio.gather(*(self._one(name) for name in names))

    async def leave(self) -> None:
        """Break every stream."""
        await self._open_parts.aclose()

    async def all_offered(self, contacts: list[str], within: float) -> None:
        """Return when each of the contacts was offered; TimeoutError."""
        async with asyncio.timeout(within):
            while not all(contact in self.offered for contact in contacts):
                await asyncio.sleep(0.05)

    async def _one(self, name: str) -> None:
        client = AgentClient(
            [self._address],
            name,
            workspace=self._workspace,
            token=lambda: self._token(name),
            channels=self._channels,
        )
        async with self._signing_in:
            await self._open_parts.enter_async_context(client)
            await client.connected(SIGN_IN_SECONDS)
        self._clients.append(client)
        noting = asyncio.create_task(self._note(client))
        self._open_parts.callback(noting.cancel)

    async def _note(self, client: AgentClient) -> None:
        async for event in client.events():
            if kind_of(event) == "offer_shown":
                self.offered[event.offer_shown.offer.contact_id] = time.perf_counter()  # type: ignore[union-attr]
