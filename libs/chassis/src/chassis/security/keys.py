"""The public keys of a token issuer, fetched when they are needed and not more often."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import jwt

from chassis.errors import Unavailable
from chassis.security.caller import TokenRefused

REFETCH_SECONDS = 10.0
FRESH_SECONDS = 600.0
MAX_AGE_SECONDS = 3600.0
MAX_KEYS = 50

log = logging.getLogger(__name__)
Fetch = Callable[[], Awaitable[Mapping[str, Any]]]


class Keys(Protocol):
    """Public keys by their id."""

    async def key(self, key_id: str) -> jwt.PyJWK: ...


class FixedKeys:
    """Keys that are known from the start."""

    def __init__(self, keys: Mapping[str, jwt.PyJWK]) -> None:
        self._keys = dict(keys)

    async def key(self, key_id: str) -> jwt.PyJWK:
        """The key, or TokenRefused."""
        if key_id not in self._keys:
            raise TokenRefused("unknown_key")
        return self._keys[key_id]


class FetchedKeys:
    """A JWKS: fetched again for an unknown key id, but at most every `refetch_seconds`.

    So a rotation is noticed at once, and tokens with invented key ids cost the provider nothing.
    Keys that the provider withdrew are gone after `fresh_seconds`; while it is away, those that
    are known count for `max_age_seconds`.
    """

    def __init__(
        self,
        fetch: Fetch,
        *,
        refetch_seconds: float = REFETCH_SECONDS,
        fresh_seconds: float = FRESH_SECONDS,
        max_age_seconds: float = MAX_AGE_SECONDS,
    ) -> None:
        self._fetch = fetch
        self._refetch_seconds = refetch_seconds
        self._fresh_seconds = fresh_seconds
        self._max_age_seconds = max_age_seconds
        self._keys: dict[str, jwt.PyJWK] = {}
        self._tried_at = -refetch_seconds
        self._fetched_at = -max_age_seconds
        self._one_at_a_time = asyncio.Lock()

    async def key(self, key_id: str) -> jwt.PyJWK:
        """The key; TokenRefused when the provider has none of that id, Unavailable when unasked."""
        if self._is_known(key_id):
            # One caller asks anew; the others go on with what is known.
            if self._age() >= self._fresh_seconds and not self._one_at_a_time.locked():
                async with self._one_at_a_time:
                    if self._may_fetch():
                        await self._refresh()
        else:
            async with self._one_at_a_time:
                if not self._is_known(key_id) and self._may_fetch():
                    await self._refresh()
        if self._is_known(key_id):
            return self._keys[key_id]
        if self._is_old():
            raise Unavailable("the token issuer's keys cannot be had")
        raise TokenRefused("unknown_key")

    def _is_known(self, key_id: str) -> bool:
        return key_id in self._keys and not self._is_old()

    def _is_old(self) -> bool:
        return self._age() >= self._max_age_seconds

    def _age(self) -> float:
        return time.monotonic() - self._fetched_at

    def _may_fetch(self) -> bool:
        return time.monotonic() - self._tried_at >= self._refetch_seconds

    async def _refresh(self) -> None:
        self._tried_at = time.monotonic()
        try:
            self._keys = keys_of(await self._fetch())
        except (Unavailable, ValueError) as error:
            log.warning("keys of the token issuer not fetched", extra={"error": str(error)})
            return
        self._fetched_at = time.monotonic()


def keys_of(jwks: Mapping[str, Any]) -> dict[str, jwt.PyJWK]:
    """The signature keys of a JWKS by id; others are left out. ValueError: it is none."""
    listed = jwks.get("keys")
    if not isinstance(listed, list) or len(listed) > MAX_KEYS:
        raise ValueError("the issuer's answer is no JWKS")
    found: dict[str, jwt.PyJWK] = {}
    for entry in listed:
        if not isinstance(entry, dict) or entry.get("use") == "enc":
            continue
        if entry.get("kty") not in ("RSA", "EC"):
            continue
        try:
            found[str(entry.get("kid", ""))] = jwt.PyJWK(entry)
        except jwt.PyJWTError as error:
            log.warning("a key of the token issuer is left out", extra={"error": str(error)})
    if len(found) == 1:
        # Tokens of an issuer with one key need not say which.
        found[""] = next(iter(found.values()))
    return found
