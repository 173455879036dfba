"""Hundreds of agents in one process: a stream each over few connections, and no hesitation."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any

from contact_center.v1 import agent_service_pb2 as work
from contact_center.v1 import routing_events_pb2
from contact_center_agent import AgentClient, Channels, ConnectionChanged
from local_stack.tokens import Tokens

STREAMS_OF_CONNECTION = 50
SIGN_IN_SECONDS = 120.0
AT_ONCE = 20
STATES = routing_events_pb2
DISPOSITION = "solved"


class Crowd:
    """Takes every offer, ends every contact at once, completes it; tells when one is over.

    `on_offer` gets a contact's id when its offer is on the stream, `on_end` when it is ended.
    """

    def __init__(
        self,
        address: str,
        tokens: Tokens,
        on_offer: Callable[[str], None],
        on_end: Callable[[str], None],
    ) -> None:
        self._address = address
        self._tokens = tokens
        self._on_offer = on_offer
        self._on_end = on_end
        self._channels = Channels(streams_each=STREAMS_OF_CONNECTION)
        self._commands: set[asyncio.Task[Any]] = set()
        self._open_parts = AsyncExitStack()
        self.refused: dict[str, int] = {}
        self.failed: BaseException | None = None

    async def sign_in(self, agents: list[str]) -> None:
        """Open all streams; return when every agent is available."""
        for begin in range(0, len(agents), AT_ONCE):
            signed_in = [self._begin(agent_id) for agent_id in agents[begin : begin + AT_ONCE]]
            async with asyncio.timeout(SIGN_IN_SECONDS):
                await asyncio.gather(*(event.wait() for event in signed_in))

    async def leave(self) -> None:
        """Close every stream."""
        await self._open_parts.aclose()

    def _begin(self, agent_id: str) -> asyncio.Event:
        is_available = asyncio.Event()
        task = asyncio.create_task(self._work(agent_id, is_available))
        task.add_done_callback(self._ended)
        self._open_parts.push_async_callback(_cancelled, task)
        return is_available

    async def _work(self, agent_id: str, is_available: asyncio.Event) -> None:
        client = AgentClient(
            [self._address],
            agent_id,
            token=lambda: self._tokens.of("agent", agent_id),
            channels=self._channels,
        )
        async with client:
            async for event in client.events():
                if isinstance(event, ConnectionChanged):
                    if not event.is_connected:
                        raise ConnectionError(event.detail)
                    continue
                match event.WhichOneof("event"):
                    case "offer_shown":
                        offer = event.offer_shown.offer
                        self._on_offer(offer.contact_id)
                        self._say(client.accept(offer.offer_id))
                    case "contact_changed":
                        self._go_on(client, event.contact_changed)
                    case "snapshot":
                        self._say(client.choose_presence("available"))
                    case "agent_state_changed":
                        if event.agent_state_changed.agent.is_routable:
                            is_available.set()

    def _go_on(self, client: AgentClient, changed: work.ContactChanged) -> None:
        if changed.state == STATES.CONTACT_STATE_CONNECTED:
            self._say(client.end(changed.contact_id))
        elif changed.state == STATES.CONTACT_STATE_WRAP_UP:
            self._say(client.complete(changed.contact_id, DISPOSITION))
        elif changed.state == STATES.CONTACT_STATE_ENDED:
            self._on_end(changed.contact_id)

    def _say(self, command: Coroutine[Any, Any, work.CommandResult]) -> None:
        task = asyncio.create_task(command)
        self._commands.add(task)
        task.add_done_callback(self._said)

    def _said(self, task: "asyncio.Task[work.CommandResult]") -> None:
        self._commands.discard(task)
        if not task.cancelled() and task.result().code != work.RESULT_CODE_OK:
            name = f"{work.ResultCode.Name(task.result().code)} {task.result().detail}"
            self.refused[name] = self.refused.get(name, 0) + 1

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled():
            self.failed = task.exception() or ConnectionError("a desk closed an agent's stream")


async def _cancelled(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


class Times:
    """When contacts came, were offered and ended, by a steady clock."""

    def __init__(self) -> None:
        self.arrived: dict[str, float] = {}
        self.offered: dict[str, float] = {}
        self.ended: dict[str, float] = {}

    @property
    def open(self) -> int:
        """How many came and are not over."""
        return len(self.arrived) - len(self.ended)

    def on_offer(self, contact_id: str) -> None:
        """A contact is shown to an agent, for the first time."""
        self.offered.setdefault(contact_id, time.perf_counter())

    def on_end(self, contact_id: str) -> None:
        """A contact is over."""
        self.ended[contact_id] = time.perf_counter()
