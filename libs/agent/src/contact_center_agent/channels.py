"""Connections to desks: in clear or by TLS, one for each stream or shared by some."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import grpc
import grpc.aio

OPTIONS = (
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.max_receive_message_length", 4_194_304),
    ("grpc.use_local_subchannel_pool", 1),
)


@dataclass(slots=True, kw_only=True)
class _Open:
    address: str
    channel: grpc.aio.Channel
    streams: int = 0


class Channels:
    """Opens a channel when a stream needs one; closes it after its last stream.

    Without `credentials` the channels are in clear: for loopback only. A program with many agents
    gives one `Channels` to all its clients and lets up to `streams_each` share a connection.
    """

    def __init__(
        self, credentials: grpc.ChannelCredentials | None = None, *, streams_each: int = 1
    ) -> None:
        if streams_each < 1:
            raise ValueError(f"streams_each is {streams_each}")
        self._credentials = credentials
        self._streams_each = streams_each
        self._open: list[_Open] = []

    @asynccontextmanager
    async def to(self, address: str) -> AsyncIterator[grpc.aio.Channel]:
        """A channel to the desk for one stream."""
        taken = self._with_room(address)
        taken.streams += 1
        try:
            yield taken.channel
        finally:
            taken.streams -= 1
            if not taken.streams:
                self._open.remove(taken)
                await taken.channel.close()

    def _with_room(self, address: str) -> _Open:
        for found in reversed(self._open):
            if found.address == address and found.streams < self._streams_each:
                return found
        opened = _Open(address=address, channel=self._new(address))
        self._open.append(opened)
        return opened

    def _new(self, address: str) -> grpc.aio.Channel:
        if self._credentials is None:
            return grpc.aio.insecure_channel(address, options=OPTIONS)
        return grpc.aio.secure_channel(address, self._credentials, options=OPTIONS)
