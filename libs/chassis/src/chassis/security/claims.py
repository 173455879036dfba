"""From the claims of a verified token to its bearer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chassis.security.caller import Caller, TokenRefused
from chassis.settings import ServiceSettings

MAX_CHARACTERS = 200
MAX_ROLES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimNames:
    """Where a provider puts what we need; a dotted name is a path into nested claims."""

    workspace: str = "workspace"
    roles: str = "roles"
    agent: str = "sub"
    default_workspace: str = ""

    @classmethod
    def of(cls, settings: ServiceSettings) -> "ClaimNames":
        """As the settings say."""
        return cls(
            workspace=settings.oidc_workspace_claim,
            roles=settings.oidc_roles_claim,
            agent=settings.oidc_agent_claim,
            default_workspace=settings.oidc_default_workspace,
        )

    def caller(self, claims: Mapping[str, Any]) -> Caller:
        """The bearer; TokenRefused when a claim has not the form it must have."""
        subject = _text(claims.get("sub"))
        if not subject:
            raise TokenRefused("claims")
        return Caller(
            subject=subject,
            agent_id=_text(_at(claims, self.agent)),
            workspace=_text(_at(claims, self.workspace)) or self.default_workspace,
            roles=_words(_at(claims, self.roles)),
            expires_at=float(claims["exp"]),
        )


def _at(claims: Mapping[str, Any], name: str) -> Any:
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > MAX_CHARACTERS:
        raise TokenRefused("claims")
    return value


def _words(value: Any) -> frozenset[str]:
    """Roles as a list, or as one text with spaces."""
    if value is None:
        return frozenset()
    words = value.split() if isinstance(value, str) else value
    if not isinstance(words, list) or len(words) > MAX_ROLES:
        raise TokenRefused("claims")
    if not all(isinstance(word, str) for word in words):
        raise TokenRefused("claims")
    return frozenset(words)
