"""The Kafka client on uvloop: connections that are lost, and tasks that end."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest
import uvloop
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.admin import ApiVersionRequest

from chassis.errors import ClientStopped
from chassis.kafka import DeadLetters, FollowConsumer, GroupConsumer, Producer, Record
from chassis.settings import ServiceSettings

MakeTopic = Callable[..., Awaitable[str]]


async def reset_under_the_writer(send: Callable[[AIOKafkaConnection], Any]) -> BaseException | None:
    """What a connection raises when it sends right after its peer reset it."""
    lost = asyncio.Event()

    async def peer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await lost.wait()
        own = writer.transport.get_extra_info("socket")
        own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async with await asyncio.start_server(peer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        connection = AIOKafkaConnection("127.0.0.1", port)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        # As after `connect`, but for the reader's task: it would close within two turns of the
        # loop, and those two turns are what this is about.
        connection._reader, connection._writer = reader, writer
        connection._read_task = asyncio.create_task(asyncio.sleep(60))
        connection._closed_fut = asyncio.get_running_loop().create_future()
        lost.set()
        raised: BaseException | None = None
        for _ in range(1_000):
            await asyncio.sleep(0.001)
            try:
                coming = send(connection)
            except (RuntimeError, KafkaConnectionError) as error:
                raised = error
                break
            coming.close()
        connection.close()
        return raised


def on_uvloop(work: Coroutine[Any, Any, BaseException | None]) -> BaseException | None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def test_a_lost_connection_says_so():
    raised = on_uvloop(reset_under_the_writer(lambda c: c.send(ApiVersionRequest())))
    assert isinstance(raised, KafkaConnectionError)


def test_the_client_as_it_comes_does_not_say_so():
    """When this fails the client or the loop was mended: let ours go."""
    plain = AIOKafkaConnection.send.__wrapped__  # type: ignore[attr-defined]
    raised = on_uvloop(reset_under_the_writer(lambda c: plain(c, ApiVersionRequest())))
    assert isinstance(raised, RuntimeError)
    assert "closed" in str(raised)


async def nothing(_: Record) -> None:
    pass


def part_of(kind: str, settings: ServiceSettings, topic: str, group: str) -> Any:
    match kind:
        case "producer":
            return Producer(settings, "tests")
        case "follower":
            return FollowConsumer(settings, [topic], nothing)
        case _:
            dead_letters = DeadLetters(Producer(settings, "tests"), "tests")
            return GroupConsumer(settings, group, [topic], nothing, dead_letters)


@pytest.mark.parametrize(
    ("kind", "owner", "task"),
    [
        ("producer", "client", "_sync_task"),
        ("producer", "_sender", "_sender_task"),
        ("follower", "_client", "_sync_task"),
        ("follower", "_fetcher", "_fetch_task"),
        ("group", "_client", "_sync_task"),
        ("group", "_fetcher", "_fetch_task"),
        ("group", "_coordinator", "_coordination_task"),
    ],
)
async def test_a_client_whose_task_ended_ends_its_part(
    settings: ServiceSettings,
    make_topic: MakeTopic,
    new_group: str,
    kind: str,
    owner: str,
    task: str,
):
    part = part_of(kind, settings, await make_topic(1), new_group)
    await part.start()
    work = asyncio.create_task(part.run())
    try:
        client = part._producer if kind == "producer" else part._consumer
        await asyncio.sleep(0)
        getattr(getattr(client, owner), task).cancel()
        with pytest.raises(ClientStopped, match=task[1:]):
            async with asyncio.timeout(60):
                await work
    finally:
        work.cancel()
        await part.stop()
