"""Who calls us, who we are, and how the way between is protected."""

from chassis.security.caller import Caller, TokenRefused, caller
from chassis.security.development import DevelopmentIssuer, development_token
from chassis.security.sources import TokenSource, agent_tokens, tokens_of
from chassis.security.verifier import TokenVerifier, verifier_of

__all__ = [
    "Caller",
    "DevelopmentIssuer",
    "TokenRefused",
    "TokenSource",
    "TokenVerifier",
    "agent_tokens",
    "caller",
    "development_token",
    "tokens_of",
    "verifier_of",
]
