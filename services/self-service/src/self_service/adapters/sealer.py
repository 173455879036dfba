"""Personal data sealed and opened with the contact's key."""

from typing import Protocol

from chassis.errors import InvalidMessage
from chassis.sealing import SealedBytes, associated_data, open_sealed, seal


class KeySource(Protocol):
    async def key(self, workspace: str, key_id: str) -> bytes: ...


class Sealer:
    """Seals for one field of one workspace, as the contract of `Sealed` says it."""

    def __init__(self, keys: KeySource) -> None:
        self._keys = keys

    async def seal(self, workspace: str, key_id: str, purpose: str, text: str) -> SealedBytes:
        """Return the text sealed; KeyGone or Unavailable without a key."""
        key = await self._keys.key(workspace, key_id)
        return seal(key_id, key, text.encode(), associated_data(workspace, purpose, key_id))

    async def text(self, workspace: str, purpose: str, sealed: SealedBytes) -> str:
        """Return what was sealed; InvalidMessage when it does not open or is no text."""
        key = await self._keys.key(workspace, sealed.key_id)
        plain = open_sealed(key, sealed, associated_data(workspace, purpose, sealed.key_id))
        try:
            return plain.decode()
        except UnicodeDecodeError as error:
            raise InvalidMessage(f"{purpose} is no UTF-8") from error

    async def get_ready(self, workspace: str, key_id: str) -> None:
        """Have the key at hand."""
        await self._keys.key(workspace, key_id)
