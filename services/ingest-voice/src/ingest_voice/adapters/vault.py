"""The keys of the contacts we hold, and what is sealed and opened with them."""

from collections import Counter

from chassis.errors import InvalidMessage, Unavailable
from chassis.sealing import (
    KeyCache,
    SealedBytes,
    address_token,
    associated_data,
    open_sealed,
    seal,
)
from ingest_voice.adapters.codec.facts import SealedText
from ingest_voice.handlers.ports import NoKey

_LEASE_SECONDS = 1.0


class Vault:
    """Keys are kept while their call lasts, however long the key service is away."""

    def __init__(self, workspace: str, cache: KeyCache, address_token_secret: str) -> None:
        self._workspace = workspace
        self._cache = cache
        self._secret = address_token_secret
        self._held: dict[str, bytes] = {}
        # A callback goes on with the key of the call before it, which may not be over yet.
        self._holders: Counter[str] = Counter()

    async def take(self) -> str:
        """A fresh key's id, kept until it is released. Raises NoKey."""
        try:
            leased = await self._cache.lease_key(within=_LEASE_SECONDS)
        except Unavailable as error:
            raise NoKey("no leased key is left") from error
        self._held[leased.key_id] = leased.key
        self._holders[leased.key_id] += 1
        return leased.key_id

    async def hold(self, key_id: str) -> None:
        """Keep the key of a contact that others made. Raises NoKey."""
        try:
            key = await self._cache.key(key_id)
        except (Unavailable, InvalidMessage) as error:
            raise NoKey(f"the key {key_id!r} is not to be had") from error
        self._held[key_id] = key
        self._holders[key_id] += 1

    def release(self, key_id: str) -> None:
        self._holders[key_id] -= 1
        if self._holders[key_id] <= 0:
            del self._holders[key_id]
            self._held.pop(key_id, None)

    def key(self, key_id: str) -> bytes:
        """The key of a contact we hold."""
        return self._held[key_id]

    def seal(self, key_id: str, purpose: str, text: str) -> SealedText:
        """Seal a text for its field, with the key of a contact we hold."""
        aad = associated_data(self._workspace, purpose, key_id)
        sealed = seal(key_id, self._held[key_id], text.encode(errors="replace"), aad)
        return SealedText(key_id=key_id, nonce=sealed.nonce, ciphertext=sealed.ciphertext)

    async def open(self, sealed: SealedText, purpose: str) -> str:
        """The text. Raises InvalidMessage, or Unavailable where the key is not at hand."""
        key = self._held.get(sealed.key_id) or await self._cache.key(sealed.key_id)
        closed = SealedBytes(sealed.key_id, sealed.nonce, sealed.ciphertext)
        aad = associated_data(self._workspace, purpose, sealed.key_id)
        try:
            return open_sealed(key, closed, aad).decode()
        except UnicodeDecodeError:
            raise InvalidMessage("a sealed text that is no UTF-8") from None

    def phone_token(self, number: str) -> str:
        """What stands for a number in E.164."""
        return address_token(self._secret, "phone", number)
