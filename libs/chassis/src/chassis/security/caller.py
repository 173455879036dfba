"""Who a call comes from, as its token says."""

from contextvars import ContextVar
from dataclasses import dataclass

EVERY_WORKSPACE = "*"
SERVICE = "service"
CURRENT: ContextVar["Caller"] = ContextVar("caller")


class TokenRefused(Exception):
    """The token does not count; `reason` is one of a few words, never part of the token."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The bearer of a token that was verified."""

    subject: str
    agent_id: str
    workspace: str
    roles: frozenset[str]
    expires_at: float

    def has_one_of(self, roles: frozenset[str]) -> bool:
        """Whether one of these roles is the caller's."""
        return bool(self.roles & roles)

    def may_enter(self, workspace: str) -> bool:
        """Whether the caller has to do with that workspace: its own, or any for a service."""
        if self.workspace == EVERY_WORKSPACE:
            return self.roles == {SERVICE}
        return bool(workspace) and workspace == self.workspace

    def may_act_as(self, agent_id: str) -> bool:
        """Whether the caller is that agent."""
        return bool(agent_id) and agent_id == self.agent_id


def caller() -> Caller:
    """The caller of the RPC in hand; LookupError outside of one."""
    return CURRENT.get()
