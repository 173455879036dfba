"""The key service, played by the tests, and what is sealed with its keys."""

import secrets
import uuid
from typing import Any

import grpc.aio

from chassis.sealing import open_sealed, seal
from chassis.testing import free_port
from contact_center.v1 import (
    key_service_pb2,
    key_service_pb2_grpc,
)

KEYS: dict[str, bytes] = {}


class PlayedKeys(key_service_pb2_grpc.KeyServiceServicer):
    """Makes keys and gives them by id."""

    def __init__(self, address: str, server: grpc.aio.Server) -> None:
        self.address = address
        self._server = server

    async def stop(self) -> None:
        """Be away from now on."""
        await self._server.stop(None)

    def destroy(self, key_id: str) -> None:
        del KEYS[key_id]

    async def LeaseKeys(self, request: Any, context: Any) -> Any:
        response = key_service_pb2.LeaseKeysResponse()
        for _ in range(request.count):
            key_id = str(uuid.uuid4())
            KEYS[key_id] = secrets.token_bytes(32)
            response.keys.add(key_id=key_id, key=KEYS[key_id])
        return response

    async def GetKey(self, request: Any, context: Any) -> Any:
        if request.key_id not in KEYS:
            await context.abort(grpc.StatusCode.NOT_FOUND, "no such key")
        found = key_service_pb2.ContactKey(key_id=request.key_id, key=KEYS[request.key_id])
        return key_service_pb2.GetKeyResponse(key=found)


class KeyServicer:
    """The key service's server as a context manager."""

    async def __aenter__(self) -> PlayedKeys:
        self._server = grpc.aio.server()
        port = free_port()
        played = PlayedKeys(f"127.0.0.1:{port}", self._server)
        key_service_pb2_grpc.add_KeyServiceServicer_to_server(played, self._server)
        self._server.add_insecure_port(played.address)
        await self._server.start()
        return played

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop(None)


def opened(workspace: str, sealed: Any, purpose: str) -> str:
    """What a sealed field says, as its reader would open it."""
    aad = f"{workspace}|{purpose}|{sealed.key_id}".encode()
    return open_sealed(KEYS[sealed.key_id], sealed, aad).decode()


def sealed_into(field: Any, workspace: str, purpose: str, key_id: str, text: str) -> None:
    """Seal as a writer of another service would."""
    done = seal(key_id, KEYS[key_id], text.encode(), f"{workspace}|{purpose}|{key_id}".encode())
    field.key_id, field.nonce, field.ciphertext = done.key_id, done.nonce, done.ciphertext
