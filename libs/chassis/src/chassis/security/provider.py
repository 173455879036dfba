"""Asking an OpenID provider over HTTP: what it says of itself, its keys, a token for us."""

import json
from collections.abc import Mapping
from typing import Any

import aiohttp

from chassis.errors import Unavailable
from chassis.security.tls import client_context
from chassis.settings import ServiceSettings

REQUEST_SECONDS = 5.0
MAX_BYTES = 1_048_576
DISCOVERY = "/.well-known/openid-configuration"


class Provider:
    """One issuer; every request is bounded in time and size, and follows no redirect."""

    def __init__(self, settings: ServiceSettings) -> None:
        self.issuer = settings.oidc_issuer
        self._jwks_url = settings.oidc_jwks_url
        self._settings = settings
        self._metadata: Mapping[str, Any] = {}

    async def jwks(self) -> Mapping[str, Any]:
        """The keys; Unavailable when they cannot be had, ValueError when it is another's."""
        url = self._jwks_url or await self._said("jwks_uri")
        try:
            return await self._request("GET", url)
        except Unavailable:
            # It may have moved: ask where it is next time.
            self._metadata = {}
            raise

    async def token(self, form: Mapping[str, str], user: str, password: str) -> Mapping[str, Any]:
        """The answer of the token endpoint."""
        url = await self._said("token_endpoint")
        headers = {"Authorization": aiohttp.encode_basic_auth(user, password)}
        return await self._request("POST", url, data=form, headers=headers)

    async def _said(self, name: str) -> str:
        if not self._metadata:
            found = await self._request("GET", self.issuer.rstrip("/") + DISCOVERY)
            if found.get("issuer") != self.issuer:
                raise ValueError(f"the provider calls itself {found.get('issuer')!r}")
            self._metadata = found
        return str(self._metadata.get(name, ""))

    async def _request(self, method: str, url: str, **more: Any) -> Mapping[str, Any]:
        timeout = aiohttp.ClientTimeout(total=REQUEST_SECONDS)
        context = client_context(self._settings.tls_ca_file)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.request(
                    method, url, ssl=context, allow_redirects=False, **more
                ) as response,
            ):
                if response.status != 200:
                    raise Unavailable(f"the token issuer answers {response.status}")
                body = await response.content.read(MAX_BYTES)
                while len(body) < MAX_BYTES and (part := await response.content.read(MAX_BYTES)):
                    body += part
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"the token issuer is away: {type(error).__name__}") from error
        answer = json.loads(body)
        if not isinstance(answer, dict):
            raise ValueError("the token issuer's answer is no object")
        return answer
