"""Signed tokens: ours for a chat, the web site's for a visitor who is logged in."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import phonenumbers
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingest_digital.domain.addresses import normalised_email
from ingest_digital.domain.claims import ChatClaims
from ingest_digital.domain.errors import BadToken
from ingest_digital.domain.words import Address, AddressToken, Sealed

ALGORITHM = "HS256"
AUDIENCE = "ingest-digital/chat"
LEEWAY = timedelta(seconds=30)
MAX_TOKEN = 8192


class ChatTokens:
    """Tokens that let a browser come back to its own conversation, and to no other."""

    def __init__(self, key: bytes, workspace: str, lifetime_seconds: float) -> None:
        self._key = key
        self._workspace = workspace
        self._lifetime = timedelta(seconds=lifetime_seconds)

    def issue(self, claims: ChatClaims, now: datetime) -> str:
        """A token for these claims; all that is personal in it is sealed."""
        content = {
            "aud": AUDIENCE,
            "exp": now + self._lifetime,
            "sub": claims.conversation_id,
            "w": claims.workspace,
            "c": claims.contact_id,
            "e": claims.entry_point,
            "k": claims.key_id,
            "s": int(claims.started_at.timestamp()),
            "a": [_packed(address) for address in claims.addresses],
        }
        return jwt.encode(content, self._key, ALGORITHM)

    def read(self, token: str, conversation_id: str) -> ChatClaims:
        """The claims; BadToken when it is forged, too old, or of another conversation."""
        content = _verified(token, self._key, audience=AUDIENCE)
        if content["sub"] != conversation_id or content["w"] != self._workspace:
            raise BadToken("the token is for another conversation")
        return ChatClaims(
            workspace=content["w"],
            conversation_id=content["sub"],
            contact_id=content["c"],
            entry_point=content["e"],
            key_id=content["k"],
            addresses=tuple(_unpacked(address) for address in content["a"]),
            started_at=datetime.fromtimestamp(content["s"], UTC),
        )


class _Identity(BaseModel):
    """What the company's web site says about a visitor who is logged in."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    visitor_id: str | None = Field(default=None, max_length=128)
    phone: str | None = Field(default=None, max_length=32)
    email: str | None = Field(default=None, max_length=254)


class IdentityTokens:
    """Reads tokens that the web site signed with the widget's secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def read(self, token: str, visitor_id: str) -> tuple[Address, ...]:
        """The verified addresses in it; BadToken when it does not hold."""
        if not self._secret:
            raise BadToken("identity tokens are not configured")
        try:
            identity = _Identity.model_validate(_verified(token, self._secret.encode()))
        except ValidationError:
            raise BadToken("the identity token's claims are not as they should be") from None
        if identity.visitor_id not in (None, visitor_id):
            raise BadToken("the identity token is for another visitor")
        found = []
        if identity.phone:
            found.append(("phone", _e164(identity.phone)))
        if identity.email:
            found.append(("email", normalised_email(identity.email)))
        if any(address is None for _, address in found):
            raise BadToken("the identity token names an address that is none")
        return tuple(
            Address(kind=kind, address=address, is_verified=True)
            for kind, address in found
            if address is not None
        )


def _verified(token: str, key: bytes, audience: str | None = None) -> dict[str, Any]:
    if len(token) > MAX_TOKEN:
        raise BadToken("the token is too long")
    try:
        content: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=audience,
            leeway=LEEWAY,
            options={"require": ["exp"], "verify_aud": audience is not None},
        )
    except jwt.PyJWTError as error:
        raise BadToken(f"the token does not hold: {type(error).__name__}") from None
    return content


def _e164(text: str) -> str | None:
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _packed(address: AddressToken) -> list[str]:
    sealed = address.address
    return [
        address.kind,
        address.token,
        "v" if address.is_verified else "",
        sealed.key_id,
        base64.b64encode(sealed.nonce).decode(),
        base64.b64encode(sealed.ciphertext).decode(),
    ]


def _unpacked(packed: list[str]) -> AddressToken:
    kind, token, verified, key_id, nonce, ciphertext = packed
    return AddressToken(
        kind=kind,
        token=token,
        is_verified=verified == "v",
        address=Sealed(key_id, base64.b64decode(nonce), base64.b64decode(ciphertext)),
    )
