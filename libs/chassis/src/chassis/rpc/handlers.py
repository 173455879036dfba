"""Wrapping what a servicer registered, of whichever of the four kinds it is."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc

from chassis.errors import MalformedRequest

OPEN_TO_ALL = ("/grpc.health.v1.Health/", "/grpc.reflection.")
Decode = Callable[[bytes], Any]


def behaviour_of(handler: Any) -> Any:
    """The servicer's own function."""
    return (
        handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream
    )


def decode_of(handler: Any) -> Decode:
    """What makes a request of bytes; a MalformedRequest, which repeats none of them, if it cannot.

    What a library itself says of bytes that it cannot read is no code that helps a client.
    """
    decode = handler.request_deserializer

    def decode_or_refuse(content: bytes) -> Any:
        try:
            return decode(content)
        except Exception:  # noqa: BLE001  (whatever its decoder says: these bytes are no request)
            raise MalformedRequest("the bytes are no request of this method") from None

    return decode_or_refuse if decode is not None else as_they_are


def rebuilt(handler: Any, unary: Any, streaming: Any, decode: Decode | None) -> Any:
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
        request_deserializer=decode,
        response_serializer=handler.response_serializer,
    )


def refusing(handler: Any, code: grpc.StatusCode, words: str) -> Any:
    """A handler of the same kind that only says no."""

    async def unary(request: Any, context: Any) -> None:
        await context.abort(code, words)

    async def streaming(request: Any, context: Any) -> AsyncIterator[Any]:
        await unary(request, context)
        yield

    return rebuilt(handler, unary, streaming, None)


def as_they_are(content: Any) -> Any:
    """What a method gets that decodes nothing."""
    return content
