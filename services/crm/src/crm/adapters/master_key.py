"""Keys at rest are wrapped with a master key, which only this process has."""

import base64
import binascii
import hashlib
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crm.domain.customers import CrmError
from crm.domain.keys import KEY_BYTES

NONCE_BYTES = 12
HEX_DIGITS = KEY_BYTES * 2


class MasterKeyMissing(CrmError):
    """No usable master key: without one no key can be kept."""


class WrongMasterKey(CrmError):
    """The stored keys were wrapped with another master key."""


class MasterKey:
    """Wraps and unwraps keys, bound to their workspace and id."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise MasterKeyMissing(f"the master key has {len(key)} bytes, it needs {KEY_BYTES}")
        self._cipher = AESGCM(key)
        self.fingerprint = hashlib.sha256(b"crm master key\x00" + key).hexdigest()[:16]

    def wrap(self, workspace: str, key_id: str, key: bytes) -> bytes:
        """The key as it may be stored."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, key, _place(workspace, key_id))

    def unwrap(self, workspace: str, key_id: str, wrapped: bytes) -> bytes:
        """The key in clear; WrongMasterKey when it was wrapped otherwise or elsewhere."""
        nonce, ciphertext = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
        try:
            key: bytes = self._cipher.decrypt(nonce, ciphertext, _place(workspace, key_id))
        except InvalidTag:
            raise WrongMasterKey(f"key {key_id!r} does not open with this master key") from None
        return key


class MasterKeys:
    """One wraps; others open what they wrapped: those before it, and perhaps the one to come."""

    def __init__(
        self, present: MasterKey, older: Sequence[MasterKey] = (), coming: MasterKey | None = None
    ) -> None:
        self._present = present
        every = [*older, present] if coming is None else [*older, coming, present]
        self._all = {key.fingerprint: key for key in every}
        self.present = present.fingerprint
        self.older = sorted({key.fingerprint for key in older} - {present.fingerprint})

    def can_open(self, fingerprint: str) -> bool:
        """Whether what was wrapped with this one can be opened."""
        return fingerprint in self._all

    def wrap(self, workspace: str, key_id: str, key: bytes) -> bytes:
        """The key as it may be stored, under the present master key."""
        return self._present.wrap(workspace, key_id, key)

    def unwrap(self, workspace: str, key_id: str, wrapped: bytes, fingerprint: str) -> bytes:
        """The key in clear; WrongMasterKey when none of ours wrapped it, there and as that."""
        master = self._all.get(fingerprint)
        if master is None:
            raise WrongMasterKey(f"key {key_id!r} was wrapped with a master key that is not here")
        return master.unwrap(workspace, key_id, wrapped)


def read_master_keys(present: str, older: str, coming: str) -> MasterKeys:
    """From the settings; MasterKeyMissing when one is none. Older ones stand in a row."""
    return MasterKeys(
        read_master_key(present),
        [read_master_key(text) for text in older.split()],
        read_master_key(coming) if coming.strip() else None,
    )


def read_master_key(text: str) -> MasterKey:
    """The master key from the setting; MasterKeyMissing when it is none."""
    text = text.strip()
    if not text:
        raise MasterKeyMissing("set MASTER_KEY or MASTER_KEY_FILE: 32 bytes as base64")
    try:
        if len(text) == HEX_DIGITS:
            return MasterKey(bytes.fromhex(text))
        return MasterKey(base64.b64decode(text, validate=True))
    except (ValueError, binascii.Error):
        raise MasterKeyMissing("the master key is neither base64 nor hexadecimal") from None


def _place(workspace: str, key_id: str) -> bytes:
    return f"{len(workspace)}|{workspace}|{key_id}".encode()
