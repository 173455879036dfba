"""One stream to one desk."""

import asyncio
import contextlib
import inspect
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

import grpc
import grpc.aio

from contact_center_agent import wire
from contact_center_agent.channels import Channels

PING_SECONDS = 4.0
SILENCE_SECONDS = 12.0
FIRST_RESPONSE_SECONDS = 10.0
MAX_WAITING_REQUESTS = 1000
MAX_WORDS_CHARACTERS = 60
NEVER = frozenset(
    {
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.UNIMPLEMENTED,
    }
)

TokenProvider = Callable[[], str | Awaitable[str]]
"""Gives the bearer token of a new stream; asked each time, so that it may be a fresh one.

An OSError means "not now" and is tried again; every other exception ends the client.
"""


class StreamBroken(Exception):
    """The stream ended and may be opened again."""


class TokenRefused(StreamBroken):
    """The desk does not take the token (any more): a fresh one may help."""


class AgentRefused(Exception):
    """The desk does not take this agent: trying again does not help."""


class Link:
    """Sends requests in order and gives responses; a silent desk counts as a broken stream."""

    def __init__(
        self,
        address: str,
        hello: wire.WorkRequest,
        channels: Channels,
        token: TokenProvider | None = None,
    ) -> None:
        self.address = address
        self.has_heard = False
        self._requests: asyncio.Queue[wire.WorkRequest] = asyncio.Queue(MAX_WAITING_REQUESTS)
        self._requests.put_nowait(hello)
        self._channels = channels
        self._token = token
        self._open_parts = AsyncExitStack()
        self._call: Any = None
        self._heard_at = time.monotonic()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        metadata = await self._metadata()
        channel = await self._open_parts.enter_async_context(self._channels.to(self.address))
        self._call = wire.open_stream(channel, metadata)
        self._heard_at = time.monotonic()
        self._tasks = [asyncio.create_task(self._write()), asyncio.create_task(self._watch())]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._call.cancel()
        await self._open_parts.aclose()

    def send(self, request: wire.WorkRequest) -> None:
        """Put the request in line; StreamBroken when far too many wait."""
        try:
            self._requests.put_nowait(request)
        except asyncio.QueueFull:
            raise StreamBroken("the desk takes no requests") from None

    async def response(self) -> wire.WorkResponse:
        """What the desk says next; StreamBroken or AgentRefused when it says no more."""
        try:
            response = await self._call.read()
        except grpc.aio.AioRpcError as error:
            raise self._failure(error) from error
        except asyncio.CancelledError:
            # A call that was cancelled by the watch looks like a cancelled task.
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise StreamBroken("the desk is silent") from None
        if response is grpc.aio.EOF:
            raise StreamBroken("the desk ended the stream")
        self._heard_at = time.monotonic()
        self.has_heard = True
        received: wire.WorkResponse = response
        return received

    async def _metadata(self) -> tuple[tuple[str, str], ...]:
        if self._token is None:
            return ()
        try:
            given = self._token()
            token = await given if inspect.isawaitable(given) else given
        except OSError as error:
            raise StreamBroken("no token can be had now") from error
        return (("authorization", f"Bearer {token.strip()}"),)

    def _failure(self, error: grpc.aio.AioRpcError) -> Exception:
        if error.code() in NEVER:
            return AgentRefused(error.details() or error.code().name)
        if error.code() is grpc.StatusCode.UNAUTHENTICATED:
            return TokenRefused(error.details() or error.code().name)
        return StreamBroken(self._in_words(error))

    def _in_words(self, error: grpc.aio.AioRpcError) -> str:
        """The desk's own words; what the transport says is for nobody to read."""
        details = str(error.details() or error.code().name)
        if "failed to connect" in details.lower():
            return f"no desk at {self.address}"
        if len(details) > MAX_WORDS_CHARACTERS:
            return f"the desk at {self.address} is gone"
        return details

    async def _write(self) -> None:
        """What cannot be written, the reading side hears of, too."""
        with contextlib.suppress(
            grpc.aio.AioRpcError, grpc.aio.UsageError, asyncio.InvalidStateError
        ):
            while True:
                await self._call.write(await self._requests.get())

    async def _watch(self) -> None:
        """Ping, and give up on a desk that says nothing at all."""
        while True:
            await asyncio.sleep(PING_SECONDS)
            limit = SILENCE_SECONDS if self.has_heard else FIRST_RESPONSE_SECONDS
            if time.monotonic() - self._heard_at > limit:
                self._call.cancel()
                return
            if self.has_heard and self._requests.qsize() < MAX_WAITING_REQUESTS:
                self._requests.put_nowait(wire.ping())
