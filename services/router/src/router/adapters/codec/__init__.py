"""Protobuf to domain and back: the only importer of the contracts."""

from router.adapters.codec.reading import (
    UnknownFact,
    decode,
    read_policy_version,
    read_step_number,
)
from router.adapters.codec.writing import encode_policy, encode_step, encode_tick

__all__ = [
    "UnknownFact",
    "decode",
    "encode_policy",
    "encode_step",
    "encode_tick",
    "read_policy_version",
    "read_step_number",
]
