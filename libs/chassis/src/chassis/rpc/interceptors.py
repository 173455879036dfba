"""What happens around every call: trace, deadline, errors, metrics."""

import asyncio
import inspect
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Any

import grpc
import grpc.aio
from opentelemetry import trace
from opentelemetry.trace import SpanKind

from chassis.errors import MalformedRequest, Unavailable
from chassis.events import context_from
from chassis.rpc import metrics
from chassis.rpc.handlers import OPEN_TO_ALL, Decode, as_they_are, behaviour_of, decode_of, rebuilt
from chassis.telemetry.exemplars import exemplar

log = logging.getLogger(__name__)
Continuation = Callable[[grpc.HandlerCallDetails], Awaitable[Any]]


class Guard(grpc.aio.ServerInterceptor):  # type: ignore[misc]
    """Counts, traces and bounds each call, and keeps unexpected errors' details inside."""

    def __init__(self, default_deadline_seconds: float) -> None:
        self._default_deadline_seconds = default_deadline_seconds

    async def intercept_service(
        self, continuation: Continuation, details: grpc.HandlerCallDetails
    ) -> Any:
        """The handler, guarded."""
        handler = await continuation(details)
        if handler is None or details.method.startswith(OPEN_TO_ALL):
            return handler
        behaviour, decode = behaviour_of(handler), decode_of(handler)
        # One request is decoded here, where its refusal is counted and answered; each of a stream
        # where the servicer reads it, so that nothing stands between.
        of_stream, of_one = (decode, as_they_are) if handler.request_streaming else (None, decode)

        async def unary(request: Any, context: Any) -> Any:
            return await self._unary(details, handler, behaviour, of_one, request, context)

        async def streaming(request: Any, context: Any) -> AsyncIterator[Any]:
            async for response in self._streaming(details, behaviour, of_one, request, context):
                yield response

        return rebuilt(handler, unary, streaming, of_stream)

    async def _unary(
        self,
        details: Any,
        handler: Any,
        behaviour: Any,
        decode: Decode,
        request: Any,
        context: Any,
    ) -> Any:
        began = time.monotonic()
        method = details.method
        # A client that streams its requests decides itself how long that lasts.
        is_bounded = not handler.request_streaming and context.time_remaining() is None
        bound = self._default_deadline_seconds if is_bounded else None
        code, traced = "OK", None
        try:
            async with asyncio.timeout(bound):
                with _server_span(details):
                    traced = exemplar()
                    return await behaviour(decode(request), context)
        except BaseException as error:
            code = await _answer(error, method, context)
            raise
        finally:
            # A handler may also say its code without raising.
            code = _set_code(context) if code == "OK" else code
            metrics.CALLS.labels(method, code).inc()
            metrics.CALL_SECONDS.labels(method).observe(time.monotonic() - began, traced)

    async def _streaming(
        self, details: Any, behaviour: Any, decode: Decode, request: Any, context: Any
    ) -> AsyncIterator[Any]:
        method = details.method
        code = "OK"
        metrics.OPEN_STREAMS.labels(method).inc()
        try:
            if inspect.isasyncgenfunction(behaviour):
                responses = behaviour(decode(request), context)
                try:
                    async for response in responses:
                        yield response
                finally:
                    await responses.aclose()
            else:
                await behaviour(decode(request), context)
        except GeneratorExit:
            code = "CANCELLED"
            raise
        except BaseException as error:
            code = await _answer(error, method, context)
            raise
        finally:
            code = _set_code(context) if code == "OK" else code
            metrics.OPEN_STREAMS.labels(method).dec()
            metrics.CALLS.labels(method, code).inc()


async def _answer(error: BaseException, method: str, context: Any) -> str:
    """The code of a call that is over; else abort it, which raises, as the error demands."""
    if isinstance(error, asyncio.CancelledError):
        return "CANCELLED"
    if isinstance(error, grpc.aio.AbortError):
        return _set_code(context)
    if isinstance(error, Unavailable):
        await context.abort(grpc.StatusCode.UNAVAILABLE, "try again")
    if isinstance(error, TimeoutError):
        await context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "took too long")
    if isinstance(error, MalformedRequest):
        metrics.REFUSED.labels("undecodable").inc()
        log.warning("call refused", extra={"reason": "undecodable", "rpc.method": method})
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
    log.error("rpc failed", exc_info=error, extra={"rpc.method": method})
    await context.abort(grpc.StatusCode.INTERNAL, "internal error")
    return "INTERNAL"


def _set_code(context: Any) -> str:
    """The code that the handler chose; plain numbers and none at all happen, too."""
    code = context.code()
    if isinstance(code, grpc.StatusCode):
        return str(code.name)
    names = {status.value[0]: status.name for status in grpc.StatusCode}
    return str(names.get(code or 0, "UNKNOWN"))


def _server_span(details: Any) -> AbstractContextManager[Any]:
    carried = [
        (name, _as_bytes(value))
        for name, value in details.invocation_metadata or ()
        if name in ("traceparent", "tracestate")
    ]
    return trace.get_tracer("chassis").start_as_current_span(
        details.method.lstrip("/"),
        context=context_from(carried),
        kind=SpanKind.SERVER,
        record_exception=False,
    )


def _as_bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value
