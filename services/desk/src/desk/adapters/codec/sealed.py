"""Sealed texts: what the contract binds them to."""

from collections.abc import Callable

from chassis.sealing import SealedBytes, associated_data, open_sealed, seal
from contact_center.v1 import common_pb2 as common

Sealer = Callable[[str, str], SealedBytes]
"""Seals a text for a purpose."""


def sealer(workspace: str, key_id: str, key: bytes) -> Sealer:
    """Seals with one contact's key."""

    def seal_text(purpose: str, text: str) -> SealedBytes:
        return seal(key_id, key, text.encode(), associated_data(workspace, purpose, key_id))

    return seal_text


def sealed(value: SealedBytes) -> common.Sealed:
    """As the contract has it."""
    return common.Sealed(key_id=value.key_id, nonce=value.nonce, ciphertext=value.ciphertext)


def opened(value: common.Sealed, key: bytes, workspace: str, purpose: str) -> str:
    """The text; InvalidMessage when it was not sealed with this key for this purpose."""
    plain = open_sealed(
        key,
        SealedBytes(value.key_id, value.nonce, value.ciphertext),
        associated_data(workspace, purpose, value.key_id),
    )
    return plain.decode(errors="replace")
