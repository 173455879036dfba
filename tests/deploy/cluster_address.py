"""One address for all replicas of a service, as a cluster has it: only those that stay answer."""

import asyncio
import itertools
from collections.abc import Callable
from contextlib import suppress

from local_stack.ports import LOOPBACK

CHUNK = 65_536
TRIES = 100
PAUSE_SECONDS = 0.05


class ClusterAddress:
    """Passes each connection on to one of the endpoints, which are asked for each time."""

    def __init__(self, port: int, endpoints: Callable[[], list[int]]) -> None:
        self._port = port
        self._endpoints = endpoints
        self._turn = itertools.count()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> "ClusterAddress":
        self._server = await asyncio.start_server(self._pass_on, LOOPBACK, self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far = await self._connected()
        if far is None:
            writer.close()
            return
        far_reader, far_writer = far
        ways = [
            asyncio.create_task(_copy(reader, far_writer)),
            asyncio.create_task(_copy(far_reader, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            for end in (writer, far_writer):
                end.close()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for _ in range(TRIES):
            ports = self._endpoints()
            if ports:
                with suppress(OSError):
                    port = ports[next(self._turn) % len(ports)]
                    return await asyncio.open_connection(LOOPBACK, port)
            await asyncio.sleep(PAUSE_SECONDS)
        return None


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
