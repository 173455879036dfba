"""Bytes that are no request: answered in gRPC's own words, counted, and nobody else notices."""

import logging
from collections.abc import AsyncIterator
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf.wrappers_pb2 import StringValue
from prometheus_client import REGISTRY

from chassis.rpc import GrpcChannel, GrpcServer
from chassis.settings import ServiceSettings
from chassis.telemetry import Health
from chassis.testing import eventually, running

SETTINGS = ServiceSettings()
# A field of a length that never comes, and a text that is not UTF-8; both hold something secret.
GARBAGE = (b"\x0a\x7fs3cret", b"\x0a\x07s3cret\xff", b"\xff\xfe s3cret")
KINDS = {
    "Say": "unary_unary",
    "Repeat": "unary_stream",
    "Join": "stream_unary",
    "Talk": "stream_stream",
    "Write": "stream_stream",
}


class Words:
    """One method of each kind; what came before the garbage is answered."""

    async def say(self, request: StringValue, context: Any) -> StringValue:
        return request

    async def repeat(self, request: StringValue, context: Any) -> AsyncIterator[StringValue]:
        yield request

    async def join(self, requests: AsyncIterator[StringValue], context: Any) -> StringValue:
        return StringValue(value=",".join([request.value async for request in requests]))

    async def talk(
        self, requests: AsyncIterator[StringValue], context: Any
    ) -> AsyncIterator[StringValue]:
        async for request in requests:
            yield request

    async def write(self, requests: AsyncIterator[StringValue], context: Any) -> None:
        async for request in requests:
            await context.write(request)


def add_words(words: Words, server: Any) -> None:
    handlers = {
        name: getattr(grpc, f"{kind}_rpc_method_handler")(
            getattr(words, name.lower()),
            request_deserializer=StringValue.FromString,
            response_serializer=StringValue.SerializeToString,
        )
        for name, kind in KINDS.items()
    }
    handler = grpc.method_handlers_generic_handler("tests.Words", handlers)
    server.add_generic_rpc_handlers((handler,))


def services_only(method: str) -> frozenset[str]:
    return frozenset({"service"})


@pytest.fixture
async def server() -> AsyncIterator[GrpcServer]:
    health = Health()
    health.started()
    words = [(add_words, Words())]
    async with running(GrpcServer(SETTINGS, words, health, roles=services_only)) as server:
        yield server


@pytest.fixture
async def channel(server: GrpcServer) -> AsyncIterator[grpc.aio.Channel]:
    async with running(GrpcChannel(SETTINGS, f"127.0.0.1:{server.port}")) as opened:
        yield opened.channel


def call(channel: grpc.aio.Channel, name: str, *requests: bytes) -> Any:
    """A call of raw bytes."""
    given = iter(requests) if KINDS[name].startswith("stream") else requests[0]
    return getattr(channel, KINDS[name])(f"/tests.Words/{name}")(given, timeout=20)


async def answers(call: Any) -> list[bytes]:
    if hasattr(call, "read"):
        return [answer async for answer in call]
    return [await call]


def counted(name: str) -> tuple[float, float]:
    ended = {"method": f"/tests.Words/{name}", "code": "INVALID_ARGUMENT"}
    return (
        REGISTRY.get_sample_value("grpc_server_calls_total", ended) or 0.0,
        REGISTRY.get_sample_value("grpc_server_refused_total", {"reason": "undecodable"}) or 0.0,
    )


@pytest.mark.parametrize("garbage", GARBAGE)
@pytest.mark.parametrize("name", KINDS)
async def test_bytes_that_are_no_request_are_an_invalid_argument(
    channel: grpc.aio.Channel, name: str, garbage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    calls, refused = counted(name)
    with caplog.at_level(logging.INFO), pytest.raises(grpc.aio.AioRpcError) as caught:
        await answers(call(channel, name, garbage))

    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert caught.value.details() == "the bytes are no request of this method"
    await eventually(lambda: counted(name) == (calls + 1, refused + 1))
    assert [record.getMessage() for record in caplog.records] == ["call refused"]
    assert "s3cret" not in caplog.text


async def test_garbage_on_an_open_stream_ends_that_stream_alone(channel: grpc.aio.Channel) -> None:
    """Both streams are on one connection; the other goes on as if nothing had been."""
    good = StringValue(value="hello").SerializeToString()
    other = channel.stream_stream("/tests.Words/Talk")(timeout=20)
    await other.write(good)
    assert await other.read() == good
    bad = channel.stream_stream("/tests.Words/Talk")(timeout=20)
    await bad.write(good)
    assert await bad.read() == good

    await bad.write(GARBAGE[0])
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await bad.read()
    await other.write(good)
    still_there = await other.read()
    await other.done_writing()

    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert still_there == good
    assert await other.read() is grpc.aio.EOF
    assert await other.code() is grpc.StatusCode.OK


@pytest.mark.parametrize("name", KINDS)
async def test_who_may_not_call_is_told_that_and_not_what_is_wrong_with_the_bytes(
    server: GrpcServer, name: str
) -> None:
    calls, _ = counted(name)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as stranger:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await answers(call(stranger, name, GARBAGE[0]))

    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
    assert counted(name)[0] == calls
