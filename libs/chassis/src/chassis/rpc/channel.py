"""A connection to another service."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc
import grpc.aio

from chassis.errors import Unavailable
from chassis.events import trace_headers
from chassis.part import Part
from chassis.rpc.rotating import RotatingChannel
from chassis.security.sources import TokenSource, tokens_of
from chassis.security.tls import channel_credentials, client_files
from chassis.settings import ServiceSettings

KEEPALIVE_MS = 30_000
AWAY = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    }
)


class GrpcChannel(Part):
    """A channel for stubs: token and trace context with every call, no waiting for a peer.

    Token and TLS are those of the settings, unless other `tokens` are given; certificates are
    read again when they change.
    It connects by itself and again; every call needs the caller's own `timeout=`.
    Construct it inside the running event loop (`build` of `run_service` is).
    """

    def __init__(
        self,
        settings: ServiceSettings,
        address: str,
        *,
        tokens: TokenSource | None = None,
        max_message_bytes: int | None = None,
    ) -> None:
        max_message_bytes = max_message_bytes or settings.grpc_max_message_bytes
        options = [
            ("grpc.keepalive_time_ms", KEEPALIVE_MS),
            ("grpc.keepalive_timeout_ms", 10_000),
            ("grpc.max_receive_message_length", max_message_bytes),
            ("grpc.max_send_message_length", max_message_bytes),
            ("grpc.initial_reconnect_backoff_ms", 200),
            ("grpc.max_reconnect_backoff_ms", 2_000),
        ]
        interceptors = _with_metadata(tokens or tokens_of(settings))

        def open_() -> grpc.aio.Channel:
            credentials = channel_credentials(settings)
            return _open(address, credentials, options=options, interceptors=interceptors)

        self.channel: Any = (
            open_()
            if settings.tls_ca_file is None
            else RotatingChannel(open_, client_files(settings))
        )

    async def stop(self) -> None:
        """Close; calls that run are cancelled after a second."""
        await self.channel.close(grace=1.0)


@contextmanager
def unavailable_when_peer_is_away() -> Iterator[None]:
    """Turn a peer that is away, too slow or overloaded into Unavailable; other codes pass."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        if error.code() not in AWAY:
            raise
        raise Unavailable(f"peer: {error.code().name}") from error


def _open(
    address: str, credentials: grpc.ChannelCredentials | None, **more: Any
) -> grpc.aio.Channel:
    if credentials is None:
        return grpc.aio.insecure_channel(address, **more)
    return grpc.aio.secure_channel(address, credentials, **more)


class _Adds:
    """Puts the token and the current trace context into the metadata of a call."""

    def __init__(self, tokens: TokenSource) -> None:
        self._tokens = tokens

    async def details(self, given: Any) -> Any:
        metadata = grpc.aio.Metadata(*(given.metadata or ()))
        try:
            token = await self._tokens.token()
        except OSError as error:
            raise Unavailable(f"no token to show: {type(error).__name__}") from error
        if token:
            metadata.add("authorization", f"Bearer {token}")
        for name, value in trace_headers():
            metadata.add(name, value.decode())
        return grpc.aio.ClientCallDetails(
            given.method, given.timeout, metadata, given.credentials, given.wait_for_ready
        )


class _UnaryUnary(_Adds, grpc.aio.UnaryUnaryClientInterceptor):  # type: ignore[misc]
    async def intercept_unary_unary(self, call: Any, details: Any, request: Any) -> Any:
        return await call(await self.details(details), request)


class _UnaryStream(_Adds, grpc.aio.UnaryStreamClientInterceptor):  # type: ignore[misc]
    async def intercept_unary_stream(self, call: Any, details: Any, request: Any) -> Any:
        return await call(await self.details(details), request)


class _StreamUnary(_Adds, grpc.aio.StreamUnaryClientInterceptor):  # type: ignore[misc]
    async def intercept_stream_unary(self, call: Any, details: Any, requests: Any) -> Any:
        return await call(await self.details(details), requests)


class _StreamStream(_Adds, grpc.aio.StreamStreamClientInterceptor):  # type: ignore[misc]
    async def intercept_stream_stream(self, call: Any, details: Any, requests: Any) -> Any:
        return await call(await self.details(details), requests)


def _with_metadata(tokens: TokenSource) -> list[Any]:
    kinds = (_UnaryUnary, _UnaryStream, _StreamUnary, _StreamStream)
    return [kind(tokens) for kind in kinds]
