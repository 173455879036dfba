"""Programs that log as services do: a server that breaks its stream off, and who reads it."""

import asyncio
import logging
import sys

import grpc.aio

from chassis.settings import ServiceSettings
from chassis.telemetry import configure
from chassis.telemetry.logs import log_lost_errors


async def _stream(request: bytes, context: grpc.aio.ServicerContext) -> None:
    await context.write(b"first")
    await asyncio.Event().wait()


class _Streams(grpc.GenericRpcHandler):
    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        return grpc.unary_stream_rpc_method_handler(_stream)


async def serve() -> None:
    """Say the port on stdout; end when stdin says so."""
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((_Streams(),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await server.stop(0)


async def read(port: str) -> None:
    """Say on stdout that the stream goes; end when it is broken off."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        call = channel.unary_stream("/tests/Stream")(b"")
        print((await call.read()).decode(), flush=True)
        try:
            await call.read()
        except grpc.aio.AioRpcError as error:
            logging.info("broken off", extra={"code": error.code().name})


async def main(what: str, *port: str) -> None:
    log_lost_errors(asyncio.get_running_loop())
    await {"serve": serve, "read": read}[what](*port)
    print("printed by a library", file=sys.stderr)


if __name__ == "__main__":
    configure("tests", ServiceSettings())
    asyncio.run(main(*sys.argv[1:]))
