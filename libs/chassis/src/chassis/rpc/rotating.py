"""A channel whose certificate may be replaced while calls run."""

import asyncio
import logging
import ssl
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import grpc.aio

from chassis.security.changed_files import Files

LOOK_SECONDS = 1.0
# Streams go on over the channel that they were opened on, until so many newer ones were needed.
KEPT = 2

log = logging.getLogger(__name__)
Open = Callable[[], grpc.aio.Channel]


class RotatingChannel:
    """For stubs: each call goes over a channel made with what the files hold now.

    gRPC reads a client's certificate once for each channel, hence another channel.
    """

    def __init__(self, open_: Open, files: Files) -> None:
        self._open = open_
        self._files = files
        self._files.have_changed()
        self._current = open_()
        self._older: deque[grpc.aio.Channel] = deque()
        self._closing: asyncio.Task[None] | None = None
        self._looked_at = time.monotonic()

    def unary_unary(self, *method: Any, **more: Any) -> "_Method":
        """As a channel has it."""
        return _Method(self, "unary_unary", method, more)

    def unary_stream(self, *method: Any, **more: Any) -> "_Method":
        """As a channel has it."""
        return _Method(self, "unary_stream", method, more)

    def stream_unary(self, *method: Any, **more: Any) -> "_Method":
        """As a channel has it."""
        return _Method(self, "stream_unary", method, more)

    def stream_stream(self, *method: Any, **more: Any) -> "_Method":
        """As a channel has it."""
        return _Method(self, "stream_stream", method, more)

    def newest(self) -> grpc.aio.Channel:
        """The channel for a new call."""
        now = time.monotonic()
        if now - self._looked_at < LOOK_SECONDS:
            return self._current
        self._looked_at = now
        if self._files.have_changed():
            try:
                replaced, self._current = self._current, self._open()
            except (OSError, ssl.SSLError):
                log.warning("certificate not taken up")
                return self._current
            self._retire(replaced)
            log.info("certificate taken up")
        return self._current

    async def close(self, grace: float | None = None) -> None:
        """Close all that are open."""
        for channel in (*self._older, self._current):
            await channel.close(grace)

    def _retire(self, channel: grpc.aio.Channel) -> None:
        self._older.append(channel)
        if len(self._older) > KEPT:
            self._closing = asyncio.create_task(self._older.popleft().close())


class _Method:
    """One method, on whichever channel is the newest."""

    def __init__(
        self, owner: RotatingChannel, kind: str, method: tuple[Any, ...], more: dict[str, Any]
    ) -> None:
        self._owner, self._kind, self._method, self._more = owner, kind, method, more
        self._channel: grpc.aio.Channel | None = None
        self._call: Any = None

    def __call__(self, *request: Any, **more: Any) -> Any:
        channel = self._owner.newest()
        if channel is not self._channel:
            self._channel = channel
            self._call = getattr(channel, self._kind)(*self._method, **self._more)
        return self._call(*request, **more)
