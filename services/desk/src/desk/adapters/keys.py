"""Contact keys by id, from the key service, kept for minutes."""

import grpc
import grpc.aio

from chassis.errors import Unavailable
from chassis.rpc import unavailable_when_peer_is_away
from chassis.sealing import KeyCache
from desk.adapters.codec.crm import KeyCalls
from desk.handlers.ports import Away, NotThere

SEPARATOR = "\n"


class Keys:
    """The keys of all workspaces; one is never given for another workspace's name."""

    def __init__(self, calls: KeyCalls) -> None:
        self._calls = calls
        self.cache = KeyCache(self._fetch)

    async def key(self, workspace: str, key_id: str) -> bytes:
        """The key; Away when it cannot be had now, NotThere when it never can."""
        try:
            return await self.cache.key(f"{workspace}{SEPARATOR}{key_id}")
        except Unavailable as error:
            raise Away("the key service is away") from error

    async def _fetch(self, name: str) -> bytes:
        workspace, _, key_id = name.partition(SEPARATOR)
        try:
            with unavailable_when_peer_is_away():
                return await self._calls.key(workspace, key_id)
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:
                raise NotThere("no such key") from error
            raise Unavailable(f"key service: {error.code().name}") from error
