"""The keys of contacts, from the key service and then at hand for minutes."""

import grpc
import grpc.aio

from chassis.rpc import GrpcChannel, unavailable_when_peer_is_away
from chassis.sealing import KeyCache
from self_service.adapters.codec.keys import ask_for_key
from self_service.handlers.errors import KeyGone

# Asking again gives the same answer.
GONE = frozenset({grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT})
SEPARATOR = "|"


class Keys:
    """Keys by workspace and id; a workspace never gets another's."""

    def __init__(self, channel: GrpcChannel, timeout_seconds: float) -> None:
        self._channel = channel
        self._timeout_seconds = timeout_seconds
        self.cache = KeyCache(fetch=self._fetch)

    async def key(self, workspace: str, key_id: str) -> bytes:
        """Return the key; KeyGone when there is none, Unavailable when nobody answers."""
        return await self.cache.key(f"{workspace}{SEPARATOR}{key_id}")

    async def _fetch(self, name: str) -> bytes:
        workspace, _, key_id = name.partition(SEPARATOR)
        try:
            with unavailable_when_peer_is_away():
                return await ask_for_key(
                    self._channel.channel, workspace, key_id, self._timeout_seconds
                )
        except grpc.aio.AioRpcError as error:
            if error.code() not in GONE:
                raise
            raise KeyGone(f"key {key_id!r}: {error.code().name}") from error
