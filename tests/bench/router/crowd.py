"""Hundreds of agents in one process: a stream each over few connections, and no hesitation."""

import asyncio
import itertools
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import grpc

from contact_center.v1 import agent_service_pb2 as work
from contact_center.v1 import agent_service_pb2_grpc, common_pb2, routing_events_pb2
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
        self._numbers = itertools.count(1)
        self._open_parts = AsyncExitStack()
        self._signing_in = asyncio.Semaphore(AT_ONCE)
        self.refused: dict[str, int] = {}
        self.failed: BaseException | None = None

    async def sign_in(self, agents: list[str]) -> None:
        """Open all streams; return when every agent is available."""
        for number, agent_id in enumerate(agents):
            if number % STREAMS_OF_CONNECTION == 0:
                options = [("grpc.use_local_subchannel_pool", 1)]
                channel = grpc.aio.insecure_channel(self._address, options=options)
                await self._open_parts.enter_async_context(channel)
                stub = agent_service_pb2_grpc.AgentServiceStub(channel)
            signed_in = asyncio.Event()
            task = asyncio.create_task(self._work(stub, agent_id, signed_in))
            task.add_done_callback(self._ended)
            self._open_parts.callback(task.cancel)
            if number % AT_ONCE == AT_ONCE - 1 or number == len(agents) - 1:
                async with asyncio.timeout(SIGN_IN_SECONDS):
                    await signed_in.wait()

    async def leave(self) -> None:
        """Close every stream."""
        await self._open_parts.aclose()

    async def _work(self, stub: Any, agent_id: str, signed_in: asyncio.Event) -> None:
        stream = stub.Work(metadata=self._tokens.metadata("agent", agent_id))
        await self._send(stream, hello=work.Hello(agent_id=agent_id))
        while (event := await stream.read()) is not grpc.aio.EOF:
            match event.WhichOneof("event"):
                case "offer_shown":
                    offer = event.offer_shown.offer
                    self._on_offer(offer.contact_id)
                    confirm = work.ConfirmOffer(offer_id=offer.offer_id)
                    await self._send(stream, confirm_offer=confirm)
                    accept = work.AcceptOffer(offer_id=offer.offer_id)
                    await self._send(stream, accept_offer=accept)
                case "contact_changed":
                    await self._go_on(stream, event.contact_changed)
                case "snapshot":
                    available = common_pb2.PRESENCE_AVAILABLE
                    presence = work.ChoosePresence(presence=available)
                    await self._send(stream, choose_presence=presence)
                case "agent_state_changed":
                    if event.agent_state_changed.agent.is_routable:
                        signed_in.set()
                case "command_result" if event.command_result.code != work.RESULT_CODE_OK:
                    result = event.command_result
                    name = work.ResultCode.Name(result.code) + " " + result.detail
                    self.refused[name] = self.refused.get(name, 0) + 1

    async def _go_on(self, stream: Any, changed: work.ContactChanged) -> None:
        if changed.state == STATES.CONTACT_STATE_CONNECTED:
            end = work.EndContactByAgent(contact_id=changed.contact_id)
            await self._send(stream, end_contact=end)
        elif changed.state == STATES.CONTACT_STATE_WRAP_UP:
            done = work.CompleteContact(contact_id=changed.contact_id, disposition=DISPOSITION)
            await self._send(stream, complete_contact=done)
        elif changed.state == STATES.CONTACT_STATE_ENDED:
            self._on_end(changed.contact_id)

    async def _send(self, stream: Any, **command: Any) -> None:
        await stream.write(work.WorkRequest(command_id=str(next(self._numbers)), **command))

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled():
            self.failed = task.exception() or ConnectionError("a desk closed an agent's stream")


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
