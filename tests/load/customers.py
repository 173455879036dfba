"""Customers of a load: over the chat's WebSocket, or as facts in the log."""

import asyncio
import time
from collections.abc import Callable
from random import Random
from typing import Any, Protocol
from uuid import uuid4

from websockets.exceptions import WebSocketException

from chassis.errors import Unavailable
from contact_center.v1 import common_pb2, contact_events_pb2
from local_stack.demo.chat_customer import ChatCustomer, ChatRefused
from tests.load.fact_log import FactLog
from tests.load.tally import Fate, Visit

ENTRY_POINT = "web-direct"
QUEUE = "billing"
END_SECONDS = 120.0
BROKEN = (WebSocketException, OSError)


class Customers(Protocol):
    """Whoever lives through one visit."""

    async def visit(self, planned: float, late: float, patience: float) -> Visit: ...


async def bring(
    instants: list[float], speed: float, seed: int, patience: float, most: int, customers: Customers
) -> list[Visit]:
    """Bring a customer at each instant (real seconds from now); return what became of each.

    When as many as `most` are there already, one is left out, and counted so.
    """
    chance = Random(seed)
    began = time.perf_counter()
    tasks: list[asyncio.Task[Visit]] = []
    there, left_out = 0, list[Visit]()

    def gone(_: "asyncio.Task[Visit]") -> None:
        nonlocal there
        there -= 1

    for instant in instants:
        await asyncio.sleep(max(0.0, began + instant - time.perf_counter()))
        late = time.perf_counter() - began - instant
        gives_up = chance.expovariate(1 / patience)
        if there >= most:
            left_out.append(Visit(planned=instant * speed, fate=Fate.LEFT_OUT))
            continue
        there += 1
        tasks.append(asyncio.create_task(customers.visit(instant * speed, late, gives_up)))
        tasks[-1].add_done_callback(gone)
    visits = left_out + await asyncio.gather(*tasks)
    return sorted(visits, key=lambda visit: visit.planned)


class ChatCustomers:
    """Each opens a WebSocket, waits for an agent, or leaves, and stays until the chat has ended."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def visit(self, planned: float, late: float, patience: float) -> Visit:
        """Live through one visit."""
        began = time.perf_counter()
        async with ChatCustomer(self._url, entry_point=ENTRY_POINT) as chat:
            try:
                await chat.start()
            except ChatRefused:
                return Visit(planned=planned, fate=Fate.REFUSED, late=late)
            except (TimeoutError, *BROKEN):
                return Visit(planned=planned, fate=Fate.UNKNOWN, late=late)
            fate, wait = await self._wait(chat, patience)
            accepted = chat.accepted_at - began
        return Visit(planned=planned, fate=fate, late=late, accepted=accepted, wait=wait)

    async def _wait(self, chat: ChatCustomer, patience: float) -> tuple[Fate, float]:
        try:
            try:
                frame = await chat.state("connected", within=patience)
            except TimeoutError:
                await chat.leave()
                await chat.state("ended", within=END_SECONDS)
                return Fate.ABANDONED, time.perf_counter() - chat.accepted_at
            await chat.state("ended", within=END_SECONDS)
            return Fate.ANSWERED, float(frame["received_at"]) - chat.accepted_at
        except (ChatRefused, TimeoutError, *BROKEN):
            return Fate.LOST, 0.0


class FactCustomers:
    """Each is a `ContactArrived` and a `QueueRequested`; what becomes of it, the steps tell."""

    def __init__(self) -> None:
        self.log: FactLog | None = None
        self._connected: dict[str, asyncio.Future[float]] = {}
        self._ended: dict[str, asyncio.Future[None]] = {}

    def heard(self, decision: Any) -> None:
        """Follow the steps."""
        kind = decision.WhichOneof("decision")
        if kind == "contact_connected":
            _settle(self._connected.get(decision.contact_connected.contact_id), time.perf_counter)
        elif kind == "contact_ended":
            _settle(self._ended.get(decision.contact_ended.contact_id), lambda: None)

    async def visit(self, planned: float, late: float, patience: float) -> Visit:
        """Live through one visit."""
        contact_id, loop = str(uuid4()), asyncio.get_running_loop()
        self._connected[contact_id], self._ended[contact_id] = (
            loop.create_future(),
            loop.create_future(),
        )
        began = time.perf_counter()
        try:
            await self._arrive(contact_id)
            accepted = time.perf_counter()
            fate, wait = await self._wait(contact_id, accepted, patience)
        except Unavailable:
            return Visit(planned=planned, fate=Fate.UNKNOWN, late=late)
        finally:
            del self._connected[contact_id], self._ended[contact_id]
        return Visit(planned=planned, fate=fate, late=late, accepted=accepted - began, wait=wait)

    async def _arrive(self, contact_id: str) -> None:
        assert self.log is not None
        arrived = contact_events_pb2.ContactArrived(
            contact_id=contact_id,
            channel=common_pb2.CHANNEL_CHAT,
            entry_point=ENTRY_POINT,
            conversation_id=str(uuid4()),
        )
        requested = contact_events_pb2.QueueRequested(contact_id=contact_id, queue=QUEUE)
        await asyncio.gather(
            self.log.say(contact_arrived=arrived), self.log.say(queue_requested=requested)
        )

    async def _wait(self, contact_id: str, since: float, patience: float) -> tuple[Fate, float]:
        assert self.log is not None
        connected, ended = self._connected[contact_id], self._ended[contact_id]
        either: list[asyncio.Future[Any]] = [connected, ended]
        await asyncio.wait(either, timeout=patience, return_when="FIRST_COMPLETED")
        try:
            async with asyncio.timeout(END_SECONDS):
                if not connected.done() and not ended.done():
                    left = contact_events_pb2.CustomerLeft(contact_id=contact_id)
                    await self.log.say(customer_left=left)
                await ended
        except TimeoutError:
            return Fate.LOST, 0.0
        # An agent may have been connected while the customer's leaving was on its way.
        if connected.done():
            return Fate.ANSWERED, connected.result() - since
        return Fate.ABANDONED, time.perf_counter() - since


def _settle(future: "asyncio.Future[Any] | None", value: Callable[[], Any]) -> None:
    if future is not None and not future.done():
        future.set_result(value())
