"""gRPC of the keys: lease new ones, get one by its id."""

from typing import Any

import grpc

from chassis.rpc import Servicer
from contact_center.v1 import key_service_pb2, key_service_pb2_grpc
from crm import metrics
from crm.adapters.key_store import KeyStore
from crm.domain.customers import MAX_ID_LENGTH
from crm.domain.keys import MAX_LEASE, ContactKey


class KeyServicer(key_service_pb2_grpc.KeyServiceServicer):
    """KeyService; the chassis lets in only those whom the contract names."""

    def __init__(self, keys: KeyStore) -> None:
        self._keys = keys

    @property
    def served(self) -> Servicer:
        """For the gRPC server."""
        return (key_service_pb2_grpc.add_KeyServiceServicer_to_server, self)

    async def LeaseKeys(
        self, request: key_service_pb2.LeaseKeysRequest, context: Any
    ) -> key_service_pb2.LeaseKeysResponse:
        """New keys, never given to anyone else."""
        await _check_id(request.workspace, "workspace", context)
        if not 1 <= request.count <= MAX_LEASE:
            await _refuse(f"count is {request.count}, it must be 1 to {MAX_LEASE}", context)
        keys = await self._keys.lease(request.workspace, request.count)
        metrics.KEYS_LEASED.inc(len(keys))
        return key_service_pb2.LeaseKeysResponse(keys=[_message(key) for key in keys])

    async def GetKey(
        self, request: key_service_pb2.GetKeyRequest, context: Any
    ) -> key_service_pb2.GetKeyResponse:
        """The key, or NOT_FOUND when it was never made or is destroyed."""
        await _check_id(request.workspace, "workspace", context)
        await _check_id(request.key_id, "key_id", context)
        found = await self._keys.find(request.workspace, [request.key_id])
        metrics.KEYS_ASKED.labels("found" if found else "not_found").inc()
        if not found:
            await context.abort(grpc.StatusCode.NOT_FOUND, f"no key {request.key_id!r}")
        key = ContactKey(key_id=request.key_id, key=found[request.key_id])
        return key_service_pb2.GetKeyResponse(key=_message(key))


def _message(key: ContactKey) -> key_service_pb2.ContactKey:
    return key_service_pb2.ContactKey(key_id=key.key_id, key=key.key)


async def _check_id(value: str, name: str, context: Any) -> None:
    if not value or len(value) > MAX_ID_LENGTH or "\x00" in value:
        await _refuse(f"{name} must have 1 to {MAX_ID_LENGTH} characters", context)


async def _refuse(why: str, context: Any) -> None:
    await context.abort(grpc.StatusCode.INVALID_ARGUMENT, why)
