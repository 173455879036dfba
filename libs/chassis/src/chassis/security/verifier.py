"""Whether a token counts, and whose it is."""

from collections.abc import Mapping
from typing import Any

import jwt

from chassis.security.caller import Caller, TokenRefused
from chassis.security.claims import ClaimNames
from chassis.security.development import DevelopmentIssuer
from chassis.security.keys import FetchedKeys, Keys
from chassis.security.listening import UnsafeSettings
from chassis.security.provider import Provider
from chassis.settings import ServiceSettings

ALGORITHMS = ("RS256", "ES256")
KEY_TYPES = {"RS256": "RSA", "ES256": "EC"}
# What gRPC takes in as metadata without more ado.
MAX_TOKEN = 8192
LEAST_RSA_BITS = 2048
REQUIRED = ("exp", "iss", "aud", "sub")
# In this order: some are kinds of others.
REASONS: tuple[tuple[type[Exception], str], ...] = (
    (jwt.ExpiredSignatureError, "expired"),
    (jwt.ImmatureSignatureError, "not_yet_valid"),
    (jwt.InvalidAudienceError, "audience"),
    (jwt.InvalidIssuerError, "issuer"),
    (jwt.InvalidSignatureError, "signature"),
    (jwt.MissingRequiredClaimError, "claims"),
    (jwt.InvalidAlgorithmError, "algorithm"),
    (jwt.InvalidKeyError, "algorithm"),
    (jwt.InvalidTokenError, "malformed"),
)


class TokenVerifier:
    """Takes what these issuers signed with RS256 or ES256 for this audience, and nothing else."""

    def __init__(
        self,
        issuers: Mapping[str, Keys],
        audience: str,
        names: ClaimNames,
        leeway_seconds: float = 0.0,
    ) -> None:
        self._issuers = dict(issuers)
        self._audience = audience
        self._names = names
        self.leeway_seconds = leeway_seconds

    async def caller(self, token: str) -> Caller:
        """The bearer. TokenRefused says why not; Unavailable: the issuer's keys are away."""
        if not token:
            raise TokenRefused("missing")
        if len(token) > MAX_TOKEN:
            raise TokenRefused("malformed")
        try:
            return await self._caller(token)
        except jwt.PyJWTError as error:
            why = next((word for kind, word in REASONS if isinstance(error, kind)), "malformed")
            raise TokenRefused(why) from None

    async def _caller(self, token: str) -> Caller:
        header = jwt.get_unverified_header(token)
        algorithm, key_id = header.get("alg"), header.get("kid", "")
        if algorithm not in ALGORITHMS:
            raise TokenRefused("algorithm")
        if not isinstance(key_id, str):
            raise TokenRefused("unknown_key")
        unverified = jwt.decode(token, options={"verify_signature": False})
        issuer = unverified.get("iss")
        if not isinstance(issuer, str) or issuer not in self._issuers:
            raise TokenRefused("issuer")
        key = await self._issuers[issuer].key(key_id)
        _check_key(key, algorithm)
        claims: dict[str, Any] = jwt.decode(
            token,
            key.key,
            algorithms=[algorithm],
            audience=self._audience,
            issuer=issuer,
            leeway=self.leeway_seconds,
            options={"require": list(REQUIRED)},
        )
        return self._names.caller(claims)


def verifier_of(settings: ServiceSettings) -> TokenVerifier:
    """As the settings say; UnsafeSettings when they name nobody who may issue tokens."""
    issuers: dict[str, Keys] = {}
    if settings.oidc_issuer:
        provider = Provider(settings)
        issuers[settings.oidc_issuer] = FetchedKeys(provider.jwks)
    if settings.development_issuer_key_file is not None:
        development = DevelopmentIssuer(settings.development_issuer_key_file)
        issuers[development.issuer] = development.keys()
    if not issuers:
        raise UnsafeSettings(
            "nobody could call: set OIDC_ISSUER (or, on one machine only, "
            "DEVELOPMENT_ISSUER_KEY_FILE)"
        )
    leeway = settings.oidc_leeway_seconds
    return TokenVerifier(issuers, settings.oidc_audience, ClaimNames.of(settings), leeway)


def _check_key(key: jwt.PyJWK, algorithm: str) -> None:
    """The token does not choose how its issuer's key is used."""
    if key.key_type != KEY_TYPES[algorithm]:
        raise TokenRefused("algorithm")
    if algorithm == "RS256" and key.key.key_size < LEAST_RSA_BITS:
        raise TokenRefused("weak_key")
