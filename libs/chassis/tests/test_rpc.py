"""The gRPC server and channel, over a real socket."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from prometheus_client import REGISTRY

from chassis.errors import Unavailable
from chassis.rpc import GrpcChannel, GrpcServer, unavailable_when_peer_is_away
from chassis.settings import ServiceSettings
from chassis.telemetry import Health
from chassis.testing import eventually, running

SETTINGS = ServiceSettings(grpc_default_deadline_seconds=0.5, grpc_max_message_bytes=10_000)
SECRET = "s3cret-text"


def services_only(method: str) -> frozenset[str]:
    return frozenset({"service"})


class Echo:
    """Answers with what it got, or fails as it is told."""

    def __init__(self) -> None:
        self.trace_ids: list[int] = []
        self.was_cut_off = asyncio.Event()

    async def say(self, request: bytes, context: Any) -> bytes:
        self.trace_ids.append(trace.get_current_span().get_span_context().trace_id)
        match request:
            case b"defect":
                raise LookupError(SECRET)
            case b"away":
                raise Unavailable(SECRET)
            case b"not found":
                await context.abort(grpc.StatusCode.NOT_FOUND, "no such thing")
            case b"slow":
                try:
                    await asyncio.sleep(30)
                finally:
                    self.was_cut_off.set()
            case b"set code":
                context.set_code(grpc.StatusCode.FAILED_PRECONDITION)
        return request

    async def repeat(self, request: bytes, context: Any) -> AsyncIterator[bytes]:
        yield request
        if request == b"defect":
            raise LookupError(SECRET)
        await asyncio.sleep(30)

    async def join(self, requests: AsyncIterator[bytes], context: Any) -> bytes:
        return b",".join([request async for request in requests])

    async def talk(self, requests: AsyncIterator[bytes], context: Any) -> AsyncIterator[bytes]:
        async for request in requests:
            yield request.upper()

    async def write(self, requests: AsyncIterator[bytes], context: Any) -> None:
        """The other style of a streaming handler: no generator."""
        async for request in requests:
            await context.write(request)


def add_echo(servicer: Echo, server: Any) -> None:
    handlers = {
        "Say": grpc.unary_unary_rpc_method_handler(servicer.say),
        "Repeat": grpc.unary_stream_rpc_method_handler(servicer.repeat),
        "Join": grpc.stream_unary_rpc_method_handler(servicer.join),
        "Talk": grpc.stream_stream_rpc_method_handler(servicer.talk),
        "Write": grpc.stream_stream_rpc_method_handler(servicer.write),
    }
    handler = grpc.method_handlers_generic_handler("tests.Echo", handlers)
    server.add_generic_rpc_handlers((handler,))


@pytest.fixture
def health() -> Health:
    health = Health()
    health.started()
    return health


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
async def server(echo: Echo, health: Health) -> AsyncIterator[GrpcServer]:
    async with running(
        GrpcServer(SETTINGS, [(add_echo, echo)], health, roles=services_only, grace_seconds=0.2)
    ) as server:
        yield server


@pytest.fixture
async def channel(server: GrpcServer) -> AsyncIterator[grpc.aio.Channel]:
    async with running(GrpcChannel(SETTINGS, f"127.0.0.1:{server.port}")) as opened:
        yield opened.channel


async def code_of(call: Any) -> grpc.StatusCode:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    assert SECRET not in str(caught.value)
    return caught.value.code()


def calls(method: str, code: str) -> float:
    labels = {"method": f"/tests.Echo/{method}", "code": code}
    return REGISTRY.get_sample_value("grpc_server_calls_total", labels) or 0


async def test_all_four_kinds_of_calls_work(channel: grpc.aio.Channel):
    say = channel.unary_unary("/tests.Echo/Say")
    join = channel.stream_unary("/tests.Echo/Join")
    talk = channel.stream_stream("/tests.Echo/Talk")
    write = channel.stream_stream("/tests.Echo/Write")
    repeat = channel.unary_stream("/tests.Echo/Repeat")(b"again", timeout=5)

    assert await say(b"hello", timeout=5) == b"hello"
    assert await join(iter([b"a", b"b"]), timeout=5) == b"a,b"
    assert [part async for part in talk(iter([b"a", b"b"]), timeout=5)] == [b"A", b"B"]
    assert [part async for part in write(iter([b"a", b"b"]), timeout=5)] == [b"a", b"b"]
    assert await repeat.read() == b"again"


@pytest.mark.parametrize(
    ("request_text", "code"),
    [
        (b"defect", grpc.StatusCode.INTERNAL),
        (b"away", grpc.StatusCode.UNAVAILABLE),
        (b"not found", grpc.StatusCode.NOT_FOUND),
        (b"slow", grpc.StatusCode.DEADLINE_EXCEEDED),
        (b"set code", grpc.StatusCode.FAILED_PRECONDITION),
    ],
)
async def test_errors_become_codes_without_detail_and_are_counted(
    channel: grpc.aio.Channel, request_text: bytes, code: grpc.StatusCode
):
    before = calls("Say", code.name)

    assert await code_of(channel.unary_unary("/tests.Echo/Say")(request_text)) == code
    await eventually(lambda: calls("Say", code.name) == before + 1)


async def test_work_ends_when_the_clients_deadline_passes(channel: grpc.aio.Channel, echo: Echo):
    say = channel.unary_unary("/tests.Echo/Say")(b"slow", timeout=0.1)

    assert await code_of(say) == grpc.StatusCode.DEADLINE_EXCEEDED
    await asyncio.wait_for(echo.was_cut_off.wait(), 60)


async def test_an_unexpected_error_is_logged(
    channel: grpc.aio.Channel, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.ERROR):
        await code_of(channel.unary_unary("/tests.Echo/Say")(b"defect", timeout=5))
        stream = channel.unary_stream("/tests.Echo/Repeat")(b"defect", timeout=5)
        assert await stream.read() == b"defect"
        assert await code_of(stream.read()) == grpc.StatusCode.INTERNAL

    ours = [record for record in caplog.records if record.name == "chassis.rpc.interceptors"]
    assert [record.getMessage() for record in ours] == ["rpc failed", "rpc failed"]
    assert len(caplog.records) == 2


async def test_open_streams_are_counted(channel: grpc.aio.Channel, echo: Echo):
    def open_streams() -> float:
        labels = {"method": "/tests.Echo/Repeat"}
        return REGISTRY.get_sample_value("grpc_server_open_streams", labels) or 0

    before = open_streams()
    stream = channel.unary_stream("/tests.Echo/Repeat")(b"x")
    await stream.read()
    while_open = open_streams()
    stream.cancel()

    assert while_open == before + 1
    await eventually(lambda: open_streams() == before)


async def test_a_message_over_the_limit_is_refused(channel: grpc.aio.Channel):
    say = channel.unary_unary("/tests.Echo/Say")

    assert await code_of(say(bytes(20_000), timeout=5)) == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert await say(b"still there", timeout=5) == b"still there"


async def test_the_trace_of_the_client_goes_on_in_the_handler(
    channel: grpc.aio.Channel, echo: Echo
):
    tracer = TracerProvider().get_tracer("tests")
    with tracer.start_as_current_span("request") as span:
        await channel.unary_unary("/tests.Echo/Say")(b"x", timeout=5)

    assert echo.trace_ids == [span.get_span_context().trace_id]


async def test_health_tells_the_readiness_of_the_process(channel: grpc.aio.Channel, health: Health):
    stub = health_pb2_grpc.HealthStub(channel)

    async def status(name: str) -> int:
        request = health_pb2.HealthCheckRequest(service=name)
        return (await stub.Check(request, timeout=5)).status

    serving = health_pb2.HealthCheckResponse.SERVING
    not_serving = health_pb2.HealthCheckResponse.NOT_SERVING
    assert (await status(""), await status("tests.Echo")) == (serving, serving)
    health.draining()
    await eventually(lambda: _equal(status("tests.Echo"), not_serving))


async def _equal(answer: Any, expected: int) -> bool:
    return await answer == expected


async def test_reflection_names_the_services(server: GrpcServer):
    def names() -> set[str]:
        with grpc.insecure_channel(f"127.0.0.1:{server.port}") as plain:
            return set(ProtoReflectionDescriptorDatabase(plain).get_services())

    found = await asyncio.to_thread(names)

    assert {"tests.Echo", "grpc.health.v1.Health"} <= found


async def test_a_second_server_on_the_port_fails_instead_of_sharing(
    server: GrpcServer, health: Health
):
    taken = SETTINGS.model_copy(update={"grpc_port": server.port})
    second = GrpcServer(taken, [], health)
    with pytest.raises(OSError, match="cannot listen"):
        await second.start()
    await second.stop()


async def test_stop_gives_streams_a_grace_and_then_ends_them(echo: Echo, health: Health):
    server = GrpcServer(
        SETTINGS, [(add_echo, echo)], health, roles=services_only, grace_seconds=0.2
    )
    async with running(server):
        opened = GrpcChannel(SETTINGS, f"127.0.0.1:{server.port}")
        stream = opened.channel.unary_stream("/tests.Echo/Repeat")(b"x")
        await stream.read()
        await server.stop()
        code = await code_of(stream.read())
        await opened.stop()

    assert code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)


async def test_a_peer_that_is_away_is_unavailable_at_once():
    async with running(GrpcChannel(SETTINGS, "127.0.0.1:1")) as nobody:
        with pytest.raises(Unavailable, match="UNAVAILABLE"), unavailable_when_peer_is_away():
            await nobody.channel.unary_unary("/tests.Echo/Say")(b"x", timeout=5)


async def test_what_a_peer_says_otherwise_comes_through(channel: grpc.aio.Channel):
    with pytest.raises(grpc.aio.AioRpcError), unavailable_when_peer_is_away():
        await channel.unary_unary("/tests.Echo/Say")(b"not found", timeout=5)
