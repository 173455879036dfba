"""Keys from crm's KeyService."""

from collections.abc import Sequence

import grpc

from chassis.errors import Unavailable
from chassis.rpc import GrpcChannel, unavailable_when_peer_is_away
from chassis.sealing import ContactKey
from ingest_digital.adapters.codec import keys
from ingest_digital.domain.errors import KeyDestroyed

CALL_SECONDS = 3.0
# What a peer says that stops, starts, or has trouble with its own database.
TROUBLED = frozenset(
    {
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.UNIMPLEMENTED,
    }
)


class KeyService:
    """Leases and fetches keys; Unavailable when crm is away, KeyDestroyed when a key is gone."""

    def __init__(self, channel: GrpcChannel, workspace: str) -> None:
        self._channel = channel
        self._workspace = workspace

    async def lease(self, count: int) -> Sequence[ContactKey]:
        """New keys that nobody else has."""
        answer = await self._call(keys.LEASE_KEYS, keys.lease_request(self._workspace, count))
        return [ContactKey(key.key_id, key.key) for key in keys.leased_keys(answer)]

    async def fetch(self, key_id: str) -> bytes:
        """The key of that id."""
        answer = await self._call(keys.GET_KEY, keys.key_request(self._workspace, key_id))
        return keys.fetched_key(answer).key

    async def _call(self, method: str, request: bytes) -> bytes:
        call = self._channel.channel.unary_unary(method)
        try:
            with unavailable_when_peer_is_away():
                answer: bytes = await call(request, timeout=CALL_SECONDS)
                return answer
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:
                raise KeyDestroyed("the key was never made or is destroyed") from None
            if error.code() in TROUBLED:
                raise Unavailable(f"key service: {error.code().name}") from None
            raise
