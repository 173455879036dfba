"""Sealing with the keys of contacts."""

from collections.abc import Sequence

from chassis.errors import InvalidMessage
from chassis.sealing import (
    KeyCache,
    SealedBytes,
    address_token,
    associated_data,
    open_sealed,
    seal,
)
from ingest_digital.domain.errors import KeyDestroyed
from ingest_digital.domain.words import Address, AddressToken, ContactKey, Sealed


class KeyVault:
    """Seals as the contracts say: bound to workspace, purpose and key."""

    def __init__(self, workspace: str, keys: KeyCache, address_token_secret: str) -> None:
        self._workspace = workspace
        self._keys = keys
        self._secret = address_token_secret

    async def new_key(self) -> ContactKey:
        """A leased key; Unavailable when none is left."""
        leased = await self._keys.lease_key()
        return ContactKey(key_id=leased.key_id, key=leased.key)

    async def key(self, key_id: str) -> ContactKey:
        """The key of that id; Unavailable or KeyDestroyed."""
        return ContactKey(key_id=key_id, key=await self._keys.key(key_id))

    def seal(self, key: ContactKey, purpose: str, text: str) -> Sealed:
        """The text, readable only with the key."""
        return self.seal_bytes(key, purpose, text.encode(errors="replace"))

    def seal_bytes(self, key: ContactKey, purpose: str, plain: bytes) -> Sealed:
        """The bytes, readable only with the key."""
        done = seal(key.key_id, key.key, plain, self._bound(purpose, key.key_id))
        return Sealed(done.key_id, done.nonce, done.ciphertext)

    async def open(self, sealed: Sealed, purpose: str) -> str | None:
        """The text; None when its key is destroyed or the bytes are not what they should be."""
        plain = await self.open_bytes(sealed, purpose)
        return None if plain is None else plain.decode(errors="replace")

    async def open_bytes(self, sealed: Sealed, purpose: str) -> bytes | None:
        """The bytes; None when they cannot be had any more."""
        try:
            key = await self._keys.key(sealed.key_id)
            closed = SealedBytes(sealed.key_id, sealed.nonce, sealed.ciphertext)
            return open_sealed(key, closed, self._bound(purpose, sealed.key_id))
        except (KeyDestroyed, InvalidMessage):
            return None

    def tokens(self, key: ContactKey, addresses: Sequence[Address]) -> tuple[AddressToken, ...]:
        """The addresses as facts carry them."""
        return tuple(
            AddressToken(
                kind=each.kind,
                token=self.token(each.kind, each.address),
                is_verified=each.is_verified,
                address=self.seal(key, "AddressToken.address", each.address),
            )
            for each in addresses
        )

    def token(self, kind: str, address: str) -> str:
        """The token of one normalised address."""
        return address_token(self._secret, kind, address)

    def _bound(self, purpose: str, key_id: str) -> bytes:
        return associated_data(self._workspace, purpose, key_id)
