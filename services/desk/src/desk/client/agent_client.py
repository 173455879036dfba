"""One agent's connection to the desks: kept up, resumed, with commands that are awaited."""

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from types import TracebackType
from typing import Any, Self

from desk.client import wire
from desk.client.agent_commands import AgentCommands
from desk.client.link import Link, Refused, StreamBroken, TokenProvider

MAX_BUFFERED_EVENTS = 10_000
RESULT_SECONDS = 10.0
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0


class AgentRefused(Exception):
    """The desk does not take this agent: trying again does not help."""


class AgentClient(AgentCommands):
    """Connects to the first desk that answers, and again when the stream breaks.

    Events wait in a buffer of the newest 10,000 until `events` or `expect` takes them. Offers are
    confirmed as soon as they arrive, unless `confirm_offers` is false: then the program must do
    it, within the policy's `offer_delivery_seconds`, or the offer is withdrawn. `token` gives the
    bearer token of each new stream.
    """

    def __init__(
        self,
        addresses: Sequence[str],
        agent_id: str,
        *,
        workspace: str = "",
        confirm_offers: bool = True,
        token: TokenProvider | None = None,
    ) -> None:
        if not addresses:
            raise ValueError("no desk address")
        self.agent_id = agent_id
        self.workspace = workspace
        self.state: wire.AgentState | None = None
        self.session_number = 0
        self.last_step = 0
        self.is_replaced = False
        self.has_signed_out = False
        self._addresses = list(addresses)
        self._confirms = confirm_offers
        self._token = token
        self._link: Link | None = None
        self._buffer: deque[wire.Event] = deque(maxlen=MAX_BUFFERED_EVENTS)
        self._changed = asyncio.Event()
        self._results: dict[str, asyncio.Future[wire.CommandResult]] = {}
        self._keeping: asyncio.Task[None] | None = None
        self._signing_out = ""
        self._refusal: AgentRefused | None = None
        self._is_over = False

    async def __aenter__(self) -> Self:
        self._keeping = asyncio.create_task(self._keep_connected(), name="agent-client")
        self._keeping.add_done_callback(lambda _: self._finish())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Break the stream without signing out: the agent's grace begins."""
        self._is_over = True
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait([self._keeping])

    @property
    def is_connected(self) -> bool:
        """The stream stands and the first snapshot came."""
        return self._link is not None and self.state is not None

    @property
    def address(self) -> str:
        """The desk that is spoken to; empty when there is none now."""
        return self._link.address if self._link else ""

    async def connected(self, within: float = 15.0) -> None:
        """Return when the stream stands; AgentRefused, or TimeoutError."""
        async with asyncio.timeout(within):
            while not self.is_connected:
                self._raise_if_refused()
                self._changed.clear()
                await self._changed.wait()

    async def events(self) -> AsyncIterator[wire.Event]:
        """Everything in order, until the client is closed, replaced or signed out."""
        while True:
            while self._buffer:
                yield self._buffer.popleft()
            self._raise_if_refused()
            if self._is_over:
                return
            self._changed.clear()
            await self._changed.wait()

    async def expect(
        self, kind: str, where: Callable[[Any], bool] = lambda body: True, within: float = 10.0
    ) -> Any:
        """Take the first event of that kind that fits, now or later; the others stay.

        `kind` is a name of WorkResponse's oneof, or `connection_changed`. TimeoutError.
        """
        async with asyncio.timeout(within):
            while True:
                for event in self._buffer:
                    if wire.kind_of(event) == kind and where(wire.body_of(event)):
                        self._buffer.remove(event)
                        return wire.body_of(event)
                self._raise_if_refused()
                self._changed.clear()
                await self._changed.wait()

    async def command(
        self, request: wire.WorkRequest, within: float = RESULT_SECONDS
    ) -> wire.CommandResult:
        """Send it and await its result.

        UNAVAILABLE when there is no connection, UNKNOWN when the stream broke before the answer.
        """
        link = self._link
        if link is None:
            return wire.result(request.command_id, "UNAVAILABLE", "not connected")
        outcome: asyncio.Future[wire.CommandResult] = asyncio.get_running_loop().create_future()
        self._results[request.command_id] = outcome
        link.send(request)
        try:
            async with asyncio.timeout(within):
                return await outcome
        except TimeoutError:
            return wire.result(request.command_id, "UNKNOWN", f"no result within {within:g} s")
        finally:
            self._results.pop(request.command_id, None)

    async def sign_out(self) -> wire.CommandResult:
        """Leave by word; the client is over when the result is OK."""
        request = wire.sign_out()
        self._signing_out = request.command_id
        return await self.command(request)

    async def _keep_connected(self) -> None:
        """Try the addresses in turn, the last good one first; pause only after a whole round."""
        pause = FIRST_PAUSE_SECONDS
        failures = 0
        while not self._is_over:
            address = self._addresses[0]
            try:
                await self._work(address)
            except Refused as refused:
                self._refusal = AgentRefused(str(refused))
                return
            except StreamBroken as broken:
                was_connected = self._link is not None
                self._link = None
                self._fail_pending(str(broken))
                self._note(wire.ConnectionChanged(False, address, str(broken)))
                self._addresses.append(self._addresses.pop(0))
                failures = 0 if was_connected else failures + 1
                pause = FIRST_PAUSE_SECONDS if was_connected else pause
            if self._is_over:
                return
            if failures % len(self._addresses) == 0 or failures > len(self._addresses):
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311
                pause = min(pause * 1.7, LONGEST_PAUSE_SECONDS)

    async def _work(self, address: str) -> None:
        """One stream, from Hello to its end; StreamBroken or Refused unless it is over."""
        hello = wire.hello(self.agent_id, self.workspace, self.session_number, self.last_step)
        async with Link(address, hello, self._token) as link:
            while True:
                response = await link.response()
                if self._link is None:
                    self._link = link
                    self._note(wire.ConnectionChanged(True, address))
                self._take(response, link)
                if self._is_over:
                    self._link = None
                    return

    def _take(self, response: wire.WorkResponse, link: Link) -> None:
        self.last_step = max(self.last_step, response.step_number)
        kind = response.WhichOneof("event")
        if kind == "snapshot":
            self._take_state(response.snapshot.agent)
            for offer in response.snapshot.agent.offers:
                if not offer.HasField("rings_until"):
                    self._confirm(link, offer.offer_id)
        elif kind == "agent_state_changed":
            self._take_state(response.agent_state_changed.agent)
        elif kind == "offer_shown":
            self._confirm(link, response.offer_shown.offer.offer_id)
        elif kind == "command_result":
            self._take_result(response.command_result)
        elif kind == "session_replaced":
            self.is_replaced = True
            self._is_over = True
        elif kind == "pong":
            return
        self._note(response)

    def _take_state(self, state: wire.AgentState) -> None:
        self.state = state
        self.session_number = max(self.session_number, state.session_number)

    def _take_result(self, result: wire.CommandResult) -> None:
        outcome = self._results.get(result.command_id)
        if outcome is not None and not outcome.done():
            outcome.set_result(result)
        if result.command_id == self._signing_out and result.code == wire.OK:
            self.has_signed_out = True
            self._is_over = True

    def _confirm(self, link: Link, offer_id: str) -> None:
        if self._confirms:
            link.send(wire.confirm_offer(offer_id))

    def _note(self, event: wire.Event) -> None:
        self._buffer.append(event)
        self._changed.set()

    def _fail_pending(self, why: str) -> None:
        for command_id, outcome in self._results.items():
            if not outcome.done():
                outcome.set_result(wire.result(command_id, "UNKNOWN", why))

    def _finish(self) -> None:
        self._is_over = True
        self._link = None
        self._fail_pending("the client is closed")
        self._changed.set()

    def _raise_if_refused(self) -> None:
        if self._refusal is not None:
            raise self._refusal
