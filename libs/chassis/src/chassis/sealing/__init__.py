"""Sealing personal data so that destroying a key erases it."""

from chassis.sealing.address import address_token
from chassis.sealing.key_cache import ContactKey, KeyCache
from chassis.sealing.seal import SealedBytes, associated_data, new_key, open_sealed, seal

__all__ = [
    "ContactKey",
    "KeyCache",
    "SealedBytes",
    "address_token",
    "associated_data",
    "new_key",
    "open_sealed",
    "seal",
]
