"""Wrapping what a servicer registered, of whichever of the four kinds it is."""

from collections.abc import AsyncIterator
from typing import Any

import grpc

OPEN_TO_ALL = ("/grpc.health.v1.Health/", "/grpc.reflection.")


def behaviour_of(handler: Any) -> Any:
    """The servicer's own function."""
    return (
        handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream
    )


def rebuilt(handler: Any, unary: Any, streaming: Any) -> Any:
    """A handler of the same kind with another behaviour, by whether its responses are a stream."""
    kinds = {
        (False, False): (grpc.unary_unary_rpc_method_handler, unary),
        (False, True): (grpc.unary_stream_rpc_method_handler, streaming),
        (True, False): (grpc.stream_unary_rpc_method_handler, unary),
        (True, True): (grpc.stream_stream_rpc_method_handler, streaming),
    }
    make, behaviour = kinds[(handler.request_streaming, handler.response_streaming)]
    return make(
        behaviour,
        request_deserializer=handler.request_deserializer,
        response_serializer=handler.response_serializer,
    )


def refusing(handler: Any, code: grpc.StatusCode, words: str) -> Any:
    """A handler of the same kind that only says no."""

    async def unary(request: Any, context: Any) -> None:
        await context.abort(code, words)

    async def streaming(request: Any, context: Any) -> AsyncIterator[Any]:
        await unary(request, context)
        yield

    return rebuilt(handler, unary, streaming)
