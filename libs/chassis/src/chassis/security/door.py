"""Who may come in by HTTP."""

from collections.abc import Callable

from aiohttp import web

from chassis.errors import Unavailable
from chassis.security.caller import Caller, TokenRefused
from chassis.security.verifier import TokenVerifier

SCHEME = "bearer "
CHALLENGE = {"WWW-Authenticate": "Bearer"}


class Door:
    """401 without a token that counts, 403 where its roles do not suffice.

    `refused` hears the reason each time, and who it was where that is known.
    """

    def __init__(
        self,
        verifier: TokenVerifier,
        roles: frozenset[str],
        refused: Callable[[str, Caller | None], None] = lambda reason, caller: None,
    ) -> None:
        self._verifier = verifier
        self._roles = roles
        self._refused = refused

    async def check(self, request: web.Request) -> Caller:
        """The caller; raises the refusal as aiohttp's HTTP error."""
        given = request.headers.get("Authorization", "")
        token = given[len(SCHEME) :].strip() if given.lower().startswith(SCHEME) else ""
        try:
            caller = await self._verifier.caller(token)
        except TokenRefused as refused:
            self._refused(refused.reason, None)
            raise web.HTTPUnauthorized(text=refused.reason, headers=CHALLENGE) from None
        except Unavailable:
            raise web.HTTPServiceUnavailable(text="try again") from None
        if not caller.has_one_of(self._roles):
            self._refused("role", caller)
            raise web.HTTPForbidden(text="role")
        return caller
