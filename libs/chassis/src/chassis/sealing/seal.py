"""AES-256-GCM over bytes that are bound to where they belong."""

import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chassis.errors import InvalidMessage

KEY_BYTES = 32
NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class SealedBytes:
    """What may be stored anywhere; readable only with the key of that id."""

    key_id: str
    nonce: bytes
    ciphertext: bytes


def new_key() -> bytes:
    """A fresh key from the system's randomness."""
    return os.urandom(KEY_BYTES)


def associated_data(workspace: str, purpose: str, key_id: str) -> bytes:
    """What binds sealed bytes to their place: `workspace|purpose|key_id`, as the contracts say.

    A key belongs to one workspace, so two places under one key never give the same bytes.
    """
    return f"{workspace}|{purpose}|{key_id}".encode()


def seal(key_id: str, key: bytes, plaintext: bytes, aad: bytes) -> SealedBytes:
    """Seal under a fresh random nonce; `aad` comes from `associated_data`."""
    nonce = os.urandom(NONCE_BYTES)
    return SealedBytes(key_id, nonce, AESGCM(_checked(key)).encrypt(nonce, plaintext, aad))


def open_sealed(key: bytes, sealed: SealedBytes, aad: bytes) -> bytes:
    """The plaintext; InvalidMessage when key, place or bytes are not those that were sealed."""
    if len(sealed.nonce) != NONCE_BYTES:
        raise InvalidMessage(f"sealed bytes with a nonce of {len(sealed.nonce)} bytes")
    try:
        return AESGCM(_checked(key)).decrypt(sealed.nonce, sealed.ciphertext, aad)
    except InvalidTag:
        raise InvalidMessage(f"sealed bytes do not open with key {sealed.key_id!r}") from None


def _checked(key: bytes) -> bytes:
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes, not {len(key)}")
    return key
