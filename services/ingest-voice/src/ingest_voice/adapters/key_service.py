"""Keys from crm's KeyService."""

from collections.abc import Sequence

import grpc

from chassis.errors import InvalidMessage, Unavailable
from chassis.rpc import GrpcChannel, unavailable_when_peer_is_away
from chassis.sealing import ContactKey
from ingest_voice.adapters.codec import keys

_CALL_SECONDS = 3.0


class KeyService:
    """Leases and fetches keys; Unavailable when crm is away, InvalidMessage for no such key."""

    def __init__(self, channel: GrpcChannel, workspace: str) -> None:
        self._channel = channel
        self._workspace = workspace

    async def lease(self, count: int) -> Sequence[ContactKey]:
        """New keys that nobody else has."""
        request = keys.lease_request(self._workspace, count)
        return keys.leased_keys(await self._call(keys.LEASE_KEYS, request))

    async def fetch(self, key_id: str, purpose: str = "") -> bytes:
        """The key of that id; the purpose stands in the audit log."""
        request = keys.key_request(self._workspace, key_id)
        said = purpose.encode("ascii", "replace").decode()
        return keys.fetched_key(await self._call(keys.GET_KEY, request, said))

    async def _call(self, method: str, request: bytes, purpose: str = "") -> bytes:
        metadata = (("audit-purpose", purpose),) if purpose else ()
        call = self._channel.channel.unary_unary(method)
        try:
            with unavailable_when_peer_is_away():
                answer: bytes = await call(request, timeout=_CALL_SECONDS, metadata=metadata)
                return answer
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:
                raise InvalidMessage("the key was never made or is destroyed") from None
            # A crm in trouble must not end calls: the leased keys go on.
            raise Unavailable(f"key service: {error.code().name}") from None
