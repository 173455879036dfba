"""TLS in front of the embedded Postgres, whose build has none; as a pooler would do it."""

import asyncio
import ssl
import threading

from local_stack.ports import LOOPBACK

TLS_PLEASE = bytes.fromhex("0000000804d2162f")
WITHOUT_TLS = b"SFATAL\0C28000\0Mno entry without TLS\0\0"
AT_ONCE = 65_536


class TlsInFront:
    """Lets in who asks for TLS first, as Postgres' protocol has it, and passes the rest on."""

    def __init__(self, port: int, server_port: int, context: ssl.SSLContext) -> None:
        self._port = port
        self._server_port = server_port
        self._context = context
        self._loop = asyncio.new_event_loop()
        self._listens = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tls-in-front", daemon=True)

    def start(self) -> None:
        """Return when it listens."""
        self._thread.start()
        assert self._listens.wait(10)

    def stop(self) -> None:
        """Break every connection."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(asyncio.start_server(self._serve, LOOPBACK, self._port))
        self._listens.set()
        self._loop.run_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if await reader.readexactly(len(TLS_PLEASE)) != TLS_PLEASE:
                length = (len(WITHOUT_TLS) + 4).to_bytes(4, "big")
                writer.write(b"E" + length + WITHOUT_TLS)
                await writer.drain()
                return
            writer.write(b"S")
            await writer.drain()
            await writer.start_tls(self._context)
            inner = await asyncio.open_connection(LOOPBACK, self._server_port)
            await asyncio.gather(_pass_on(reader, inner[1]), _pass_on(inner[0], writer))
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()


async def _pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while content := await source.read(AT_ONCE):
            target.write(content)
            await target.drain()
    finally:
        target.close()
