"""One agent's connection to the desks: kept up, resumed, with commands that are awaited."""

import asyncio
import uuid
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Sequence
from types import TracebackType
from typing import Any, Self

from contact_center_agent import wire
from contact_center_agent.backoff import Backoff
from contact_center_agent.channels import Channels
from contact_center_agent.commands import AgentCommands
from contact_center_agent.link import (
    AgentRefused,
    Link,
    StreamBroken,
    TokenProvider,
    TokenRefused,
)
from contact_center_agent.pending import Pending

MAX_BUFFERED_EVENTS = 10_000
MAX_REMEMBERED_MESSAGES = 10_000
MAX_TOKENS_REFUSED = 3
RESULT_SECONDS = 10.0


class AgentClient(AgentCommands):
    """Connects to the first desk that answers, and again when the stream breaks.

    Events wait in a buffer of the newest 10,000 until `events` or `expect` takes them. Offers are
    confirmed as soon as they arrive, unless `confirm_offers` is false: then the program must do
    it, within the policy's `offer_delivery_seconds`, or the offer is withdrawn.

    `client_id` says within what command ids are unique: a program that starts again and may repeat
    commands of its earlier life gives the same one; else each client has its own.
    `token` gives the bearer token of each new stream; `channels` say how to connect (TLS, shared).
    """

    def __init__(
        self,
        addresses: Sequence[str],
        agent_id: str,
        *,
        workspace: str = "",
        client_id: str = "",
        confirm_offers: bool = True,
        token: TokenProvider | None = None,
        channels: Channels | None = None,
    ) -> None:
        if not addresses:
            raise ValueError("no desk address")
        self.agent_id = agent_id
        self.workspace = workspace
        self.client_id = client_id or str(uuid.uuid4())
        self.state: wire.AgentState | None = None
        self.session_number = 0
        self.last_step = 0
        self.is_replaced = False
        self.has_signed_out = False
        self._addresses = list(addresses)
        self._confirms = confirm_offers
        self._token = token
        self._channels = channels or Channels()
        self._tokens_refused = 0
        self._link: Link | None = None
        self._buffer: deque[wire.Event] = deque(maxlen=MAX_BUFFERED_EVENTS)
        self._known: OrderedDict[str, None] = OrderedDict()
        self._changed = asyncio.Event()
        self._pending = Pending(self._send)
        self._keeping: asyncio.Task[None] | None = None
        self._signing_out = ""
        self._refusal: BaseException | None = None
        self._is_over = False

    async def __aenter__(self) -> Self:
        self._keeping = asyncio.create_task(self._keep_connected(), name="agent-client")
        self._keeping.add_done_callback(self._finish)
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

    async def connected(self, within: float = 60.0) -> None:
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
        self, kind: str, where: Callable[[Any], bool] = lambda body: True, within: float = 60.0
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

    def new_messages(self, event: wire.Event) -> list[wire.MessageShown]:
        """The messages that the event shows and that were not returned before, oldest first.

        A conversation is shown whole after each sign-in: this is how a bot answers once. The
        newest 10,000 messages are remembered.
        """
        fresh = [m for m in wire.messages_of(event) if m.message_id not in self._known]
        for message in fresh:
            self._known[message.message_id] = None
            if len(self._known) > MAX_REMEMBERED_MESSAGES:
                self._known.popitem(last=False)
        return fresh

    async def command(
        self, request: wire.WorkRequest, within: float = RESULT_SECONDS, *, repeats: bool = True
    ) -> wire.CommandResult:
        """Send it, and again by the same id until it has a final result; then return that.

        A command is never carried out twice, also not over broken streams and other desks. When
        the time is over: UNAVAILABLE if surely nothing was done, else UNKNOWN. Without `repeats`
        it is said once, and whatever comes of that is returned.
        """
        return await self._pending.carry_out(request, within, repeats=repeats)

    async def sign_out(self) -> wire.CommandResult:
        """Leave by word; the client is over when the result is OK."""
        request = wire.sign_out()
        self._signing_out = request.command_id
        return await self.command(request)

    async def _keep_connected(self) -> None:
        """Try the addresses in turn, the last good one first; pause only after a whole round."""
        backoff = Backoff()
        failures = 0
        while not self._is_over:
            address = self._addresses[0]
            try:
                await self._work(address)
            except StreamBroken as broken:
                self._count_tokens(broken)
                was_connected, self._link = self._link is not None, None
                self._pending.stream_broke(str(broken))
                self._note(wire.ConnectionChanged(False, address, str(broken)))
                self._addresses.append(self._addresses.pop(0))
                failures = 0 if was_connected else failures + 1
                if was_connected:
                    backoff.reset()
            if self._is_over:
                return
            if failures % len(self._addresses) == 0 or failures > len(self._addresses):
                await asyncio.sleep(backoff.pause())

    def _count_tokens(self, broken: StreamBroken) -> None:
        """A token may expire while the stream stands; one that is refused again is wrong."""
        if isinstance(broken, TokenRefused):
            self._tokens_refused += 1
            if self._token is None or self._tokens_refused >= MAX_TOKENS_REFUSED:
                raise AgentRefused(str(broken)) from broken

    async def _work(self, address: str) -> None:
        """One stream, from Hello to its end; StreamBroken or AgentRefused unless it is over."""
        hello = wire.hello(
            self.agent_id, self.workspace, self.client_id, self.session_number, self.last_step
        )
        async with Link(address, hello, self._channels, self._token) as link:
            while True:
                response = await link.response()
                if self._link is None:
                    self._link = link
                    self._tokens_refused = 0
                    self._note(wire.ConnectionChanged(True, address))
                    self._pending.send_again()
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
        self._pending.take(result)
        if result.command_id == self._signing_out and result.code == wire.OK:
            self.has_signed_out = True
            self._is_over = True

    def _confirm(self, link: Link, offer_id: str) -> None:
        if self._confirms:
            link.send(wire.confirm_offer(offer_id))

    def _send(self, request: wire.WorkRequest) -> bool:
        """Say it on the stream that stands; False when there is none."""
        if self._link is None:
            return False
        try:
            self._link.send(request)
        except StreamBroken:
            return False
        return True

    def _note(self, event: wire.Event) -> None:
        self._buffer.append(event)
        self._changed.set()

    def _finish(self, keeping: "asyncio.Task[None]") -> None:
        self._is_over = True
        self._link = None
        if not keeping.cancelled():
            self._refusal = keeping.exception()
        self._pending.end("the client is closed")
        self._changed.set()

    def _raise_if_refused(self) -> None:
        if self._refusal is not None:
            raise self._refusal
