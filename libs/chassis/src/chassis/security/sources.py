"""The token that we show to others, always one that still holds."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from chassis.errors import Unavailable
from chassis.security.development import DevelopmentIssuer
from chassis.security.provider import Provider
from chassis.settings import ServiceSettings

REREAD_SECONDS = 10.0
OWN_SECONDS = 600.0
OWN_SECONDS_OF_PERSON = 43_200.0
AGENT = "agent"
# A token is replaced when so much of its time is over.
WORN = 0.8


class TokenSource(Protocol):
    """Gives a token, or an empty text where there is none to show."""

    async def token(self) -> str: ...


class NoTokens:
    """Nothing is shown."""

    async def token(self) -> str:
        """Empty."""
        return ""


class FileTokens:
    """What a file holds, which the platform writes anew before the token expires."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read_at = -REREAD_SECONDS
        self._token = ""

    async def token(self) -> str:
        """The newest one; OSError when the file cannot be read."""
        if time.monotonic() - self._read_at >= REREAD_SECONDS:
            self._token = (await asyncio.to_thread(self._file.read_text)).strip()
            self._read_at = time.monotonic()
        return self._token


class OwnTokens:
    """Tokens that we sign ourselves, with the development issuer's key."""

    def __init__(self, sign: Callable[[float], str]) -> None:
        self._sign = sign
        self._token = ""
        self._worn_at = 0.0

    async def token(self) -> str:
        """One that holds for minutes."""
        if time.monotonic() >= self._worn_at:
            self._token = self._sign(OWN_SECONDS)
            self._worn_at = time.monotonic() + OWN_SECONDS * WORN
        return self._token


class ClientCredentials:
    """Tokens that the OpenID provider gives this service for its id and secret."""

    def __init__(self, provider: Provider, client_id: str, secret: str, audience: str) -> None:
        self._provider = provider
        self._client_id = client_id
        self._secret = secret
        self._audience = audience
        self._token = ""
        self._worn_at = 0.0
        self._expires_at = 0.0
        self._one_at_a_time = asyncio.Lock()

    async def token(self) -> str:
        """One that holds; Unavailable when the provider is away and the last one is over."""
        if time.monotonic() >= self._worn_at:
            async with self._one_at_a_time:
                if time.monotonic() >= self._worn_at:
                    await self._renew()
        return self._token

    async def _renew(self) -> None:
        form = {"grant_type": "client_credentials", "audience": self._audience}
        try:
            answer = await self._provider.token(form, self._client_id, self._secret)
            token, seconds = str(answer["access_token"]), float(answer.get("expires_in", 60))
        except (Unavailable, ValueError, KeyError) as error:
            if time.monotonic() < self._expires_at:
                self._worn_at = time.monotonic() + 1.0
                return
            raise Unavailable(f"no token for us: {error}") from error
        self._token = token
        self._worn_at = time.monotonic() + seconds * WORN
        self._expires_at = time.monotonic() + seconds


def agent_tokens(settings: ServiceSettings, agent_id: str, workspace: str) -> TokenSource:
    """How an agent's program shows who it works for: a file, or the development issuer."""
    if settings.token_file is None and settings.development_issuer_key_file is not None:
        issuer = DevelopmentIssuer(settings.development_issuer_key_file)
        return OwnTokens(
            lambda seconds: issuer.token(AGENT, agent_id, workspace, seconds=OWN_SECONDS_OF_PERSON)
        )
    return tokens_of(settings)


def tokens_of(settings: ServiceSettings) -> TokenSource:
    """How this service shows who it is: a file, the provider, or the development issuer."""
    if settings.token_file is not None:
        return FileTokens(settings.token_file)
    if settings.oidc_client_id:
        return ClientCredentials(
            Provider(settings),
            settings.oidc_client_id,
            settings.oidc_client_secret.get_secret_value(),
            settings.oidc_audience,
        )
    if settings.development_issuer_key_file is not None:
        issuer = DevelopmentIssuer(settings.development_issuer_key_file)
        name = settings.instance_id
        return OwnTokens(lambda seconds: issuer.service_token(name, seconds=seconds))
    return NoTokens()
