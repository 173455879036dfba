"""Who may call: a token that counts, a role that fits, the token's own workspace."""

import asyncio
import inspect
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from typing import Any

import grpc
import grpc.aio

from chassis.errors import Unavailable
from chassis.rpc import metrics
from chassis.rpc.audit import CHANGE, READ, AuditTrail
from chassis.rpc.handlers import OPEN_TO_ALL, behaviour_of, rebuilt, refusing
from chassis.rpc.roles import WORKSPACE
from chassis.security.caller import CURRENT, SERVICE, Caller, TokenRefused
from chassis.security.verifier import TokenVerifier

SCHEME = "bearer "
# Who bears the token is known, and not allowed; all other reasons leave unknown who it is.
FORBIDDEN = ("role", "workspace", "agent")
# What a caller says a call is for, as metadata.
PURPOSE = "audit-purpose"
# They read to do their work; what they show to people is written down when it is shown.
SERVICES = frozenset({SERVICE})
MAX_PURPOSE = 200
TRAIL: ContextVar[AuditTrail | None] = ContextVar("trail", default=None)

log = logging.getLogger(__name__)
Continuation = Callable[[grpc.HandlerCallDetails], Awaitable[Any]]


class Access(grpc.aio.ServerInterceptor):  # type: ignore[misc]
    """UNAUTHENTICATED without a token that counts, PERMISSION_DENIED where it does not suffice.

    Where a request has a field `workspace`, it must be the token's. A method whose requests are
    streamed looks at `caller()` itself. A stream ends with UNAUTHENTICATED when the token expires.
    What `audits` says of a method is written to the trail: before the answer of a reading one
    (then with the ids that it found; a service that states no purpose is not kept waiting for it),
    before anything of the others; and every refusal.
    """

    def __init__(
        self,
        verifier: TokenVerifier,
        roles: Mapping[str, frozenset[str]],
        trail: AuditTrail | None = None,
        audits: Mapping[str, str] | None = None,
    ) -> None:
        self._verifier = verifier
        self._roles = roles
        self._trail = trail
        self._audits = audits or {}

    async def intercept_service(
        self, continuation: Continuation, details: grpc.HandlerCallDetails
    ) -> Any:
        """The handler for its callers, or one of the same kind that refuses."""
        handler = await continuation(details)
        if handler is None or details.method.startswith(OPEN_TO_ALL):
            return handler
        caller = None
        try:
            caller = await self._verifier.caller(_token(details))
            if not caller.has_one_of(self._roles.get(details.method, frozenset())):
                raise TokenRefused("role")
        except TokenRefused as refused:
            said = _refusal(refused.reason, details.method, self._trail, caller)
            return refusing(handler, *said)
        except Unavailable as error:
            log.warning("tokens cannot be verified", extra={"error": str(error)})
            return refusing(handler, grpc.StatusCode.UNAVAILABLE, "try again")
        return self._admitted(handler, caller, details)

    def _admitted(self, handler: Any, caller: Caller, details: grpc.HandlerCallDetails) -> Any:
        behaviour, method = behaviour_of(handler), details.method
        audit, purpose = self._audits.get(method, ""), _purpose(details)

        async def note(*about: Any) -> None:
            if self._trail is None:
                return
            if audit == READ and caller.has_one_of(SERVICES) and not purpose:
                self._trail.shown(method, caller, about)
            else:
                await self._trail.allowed(method, caller, about, purpose)

        async def begin(request: Any, context: Any) -> None:
            CURRENT.set(caller)
            TRAIL.set(self._trail)
            await _check_workspace(handler, request, caller, method, context)

        async def unary(request: Any, context: Any) -> Any:
            await begin(request, context)
            if audit == CHANGE:
                await note(request)
            response = await behaviour(request, context)
            if audit == READ:
                await note(request, response)
            return response

        async def streaming(request: Any, context: Any) -> None:
            await begin(request, context)
            if audit in (CHANGE, READ):
                await note(*(() if handler.request_streaming else (request,)))
            left = caller.expires_at + self._verifier.leeway_seconds - time.time()
            try:
                async with asyncio.timeout(max(0.0, left)) as validity:
                    await _stream(behaviour, request, context)
            except TimeoutError:
                if not validity.expired():
                    raise
                await refuse(context, "expired_in_stream", method)

        return rebuilt(handler, unary, streaming, handler.request_deserializer)


async def refuse(context: Any, reason: str, method: str) -> None:
    """End the call as the reason demands; for what only the servicer can see."""
    await context.abort(*_refusal(reason, method, TRAIL.get(), CURRENT.get()))


def shown(method: str, message: Any) -> None:
    """Write that the stream in hand shows this to its caller: the ids in the message."""
    trail = TRAIL.get()
    if trail is not None:
        trail.shown(method, CURRENT.get(), [message])


def _refusal(
    reason: str, method: str, trail: AuditTrail | None, caller: Caller | None
) -> tuple[grpc.StatusCode, str]:
    """The code and words for a reason; counted, logged and on the trail, without the token."""
    if trail is not None:
        trail.refused(method, reason, caller)
    metrics.REFUSED.labels(reason).inc()
    log.warning("call refused", extra={"reason": reason, "rpc.method": method})
    if reason in FORBIDDEN:
        return grpc.StatusCode.PERMISSION_DENIED, f"the token does not allow this: {reason}"
    return grpc.StatusCode.UNAUTHENTICATED, f"a valid token is needed: {reason}"


async def _stream(behaviour: Any, request: Any, context: Any) -> None:
    """Written, not yielded: what cuts it off then strikes here, and never inside the library."""
    if not inspect.isasyncgenfunction(behaviour):
        await behaviour(request, context)
        return
    responses = behaviour(request, context)
    try:
        async for response in responses:
            await context.write(response)
    finally:
        await responses.aclose()


async def _check_workspace(
    handler: Any, request: Any, caller: Caller, method: str, context: Any
) -> None:
    if handler.request_streaming:
        return
    workspace = getattr(request, WORKSPACE, None)
    # An empty one is the servicer's to refuse: it belongs to nobody.
    if workspace and not caller.may_enter(workspace):
        await refuse(context, "workspace", method)


def _purpose(details: grpc.HandlerCallDetails) -> str:
    given = dict(details.invocation_metadata or ()).get(PURPOSE, "")
    return given[:MAX_PURPOSE] if isinstance(given, str) else ""


def _token(details: grpc.HandlerCallDetails) -> str:
    given = dict(details.invocation_metadata or ()).get("authorization", "")
    if not isinstance(given, str) or not given.lower().startswith(SCHEME):
        return ""
    return given[len(SCHEME) :].strip()
