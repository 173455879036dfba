"""Chance that is the same for the same contact in every simulation of a seed."""

import random
from hashlib import blake2b


def uniform(seed: int, *names: object) -> float:
    """Return a number above 0 and below 1 that only the seed and the names decide."""
    text = "\x1f".join(str(name) for name in (seed, *names)).encode()
    number = int.from_bytes(blake2b(text, digest_size=8).digest()) >> 11
    return (number + 0.5) / (1 << 53)


def generator(seed: int, *names: object) -> random.Random:
    """Return a generator of its own for each seed and names."""
    return random.Random("\x1f".join(str(name) for name in (seed, *names)))  # noqa: S311
