"""A key service at the edge of self-service: it gives any key, until told otherwise."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import grpc.aio

from contact_center.v1 import key_service_pb2, key_service_pb2_grpc


def key_of(workspace: str, key_id: str) -> bytes:
    return hashlib.sha256(f"{workspace}/{key_id}".encode()).digest()


class KeyServiceAtTheEdge(key_service_pb2_grpc.KeyServiceServicer):
    def __init__(self) -> None:
        self.destroyed: set[str] = set()
        self.is_away = False
        self.asked = 0

    async def GetKey(self, request: Any, context: Any) -> key_service_pb2.GetKeyResponse:
        self.asked += 1
        if self.is_away:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "away")
        if request.key_id in self.destroyed:
            await context.abort(grpc.StatusCode.NOT_FOUND, "destroyed")
        key = key_of(request.workspace, request.key_id)
        return key_service_pb2.GetKeyResponse(
            key=key_service_pb2.ContactKey(key_id=request.key_id, key=key)
        )


@asynccontextmanager
async def serving(keys: KeyServiceAtTheEdge) -> AsyncIterator[str]:
    """The address at which the keys are given."""
    server = grpc.aio.server()
    key_service_pb2_grpc.add_KeyServiceServicer_to_server(keys, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(None)
