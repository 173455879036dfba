"""Two workspaces in which everything has the same name, and nothing of one is seen in the other.

Each gets the same rules, the agent `ana`, a contact, a conversation and a phone number of the same
ids; only what the customer says differs. Then every way to read is tried: the desk's stream, crm,
analytics, the router, the keys. And each method is asked for the other workspace. It runs after
those that look at all that was written, which know of one workspace only.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from secrets import token_hex
from typing import Any

import grpc
import pytest
from google.protobuf import descriptor_pool, message_factory

from chassis.settings import ServiceSettings
from chassis.testing import eventually
from contact_center.v1 import (
    access_pb2,
    agent_service_pb2,
    agent_service_pb2_grpc,
    key_service_pb2,
    key_service_pb2_grpc,
)
from tests.e2e.place import PORTS, Place
from tests.e2e.world import WITHIN, World


@pytest.fixture
async def places(world: World) -> AsyncIterator[tuple[Place, Place]]:
    run = token_hex(3)
    both = Place(world, f"left-{run}"), Place(world, f"right-{run}")
    settings = ServiceSettings(
        kafka_bootstrap_servers=world.stack.kafka_bootstrap_servers,
        topic_prefix=world.stack.topic_prefix,
    )
    await asyncio.gather(*(place.apply_rules() for place in both))
    work = [asyncio.create_task(place.ana.run()) for place in both]
    try:
        for place in both:
            await asyncio.wait_for(place.ana.signed_in.wait(), WITHIN)
            await place.lease()
            await place.bring_a_customer(settings)
        yield both
    finally:
        for place in both:
            place.ana.send(sign_out=agent_service_pb2.SignOut())
        await asyncio.wait(work, timeout=10)
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        for place in both:
            await place.end_the_contact(settings)


async def test_nothing_of_one_workspace_is_seen_in_the_other(
    world: World, places: tuple[Place, Place]
):
    for mine, theirs in (places, reversed(places)):
        for read in (mine.at_the_desk, mine.in_crm):

            async def is_told(read: Any = read, mine: Place = mine) -> str:
                try:
                    shown: str = await read()
                except grpc.aio.AioRpcError as error:
                    raise AssertionError(error.details()) from error
                assert mine.text in shown
                return shown

            shown = await eventually(is_told, within=WITHIN, every=0.2)
            assert theirs.text not in shown and theirs.name not in shown
        for look in (mine.in_numbers, mine.in_decisions):
            shown = await look()
            assert theirs.name not in shown

    await _keys_are_of_their_workspace(*places)
    await _no_method_answers_about(*places)
    await _nobody_signs_in_at(*places)


async def _keys_are_of_their_workspace(mine: Place, theirs: Place) -> None:
    """A service has to do with every workspace; a key of another one is not there all the same."""
    request = key_service_pb2.GetKeyRequest(workspace=mine.name, key_id=theirs.key.key_id)
    async with mine.channel("crm") as channel:
        stub = key_service_pb2_grpc.KeyServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.GetKey(request, metadata=mine.as_("service"), timeout=60)
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


async def _no_method_answers_about(mine: Place, theirs: Place) -> None:
    """Each method that takes one request, by a caller who has the role, in the wrong workspace."""
    for service, method in _methods():
        role = access_pb2.Role.Name(method.GetOptions().Extensions[access_pb2.roles][0])
        role = role.removeprefix("ROLE_").lower()
        token = mine.token_here_only(role)
        request = message_factory.GetMessageClass(method.input_type)(workspace=theirs.name)
        path = f"/{service.full_name}/{method.name}"
        async with mine.channel(PORTS[service.name]) as channel:
            open_ = channel.unary_stream if method.server_streaming else channel.unary_unary
            call = open_(path, request_serializer=lambda message: message.SerializeToString())(
                request, metadata=(("authorization", f"Bearer {token}"),), timeout=60
            )
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await (call.read() if method.server_streaming else call)
        assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED, path


async def _nobody_signs_in_at(mine: Place, theirs: Place) -> None:
    for hello in (
        agent_service_pb2.Hello(agent_id="ana", workspace=theirs.name),
        agent_service_pb2.Hello(agent_id="bob", workspace=mine.name),
    ):
        async with mine.channel("desk") as channel:
            stub = agent_service_pb2_grpc.AgentServiceStub(channel)
            stream = stub.Work(metadata=mine.as_("agent", "ana"))
            await stream.write(agent_service_pb2.WorkRequest(hello=hello))
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await stream.read()
        assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


def _methods() -> Iterator[tuple[Any, Any]]:
    pool = descriptor_pool.Default()
    for name in PORTS:
        service = pool.FindServiceByName(f"contact_center.v1.{name}")
        for method in service.methods:
            if not method.client_streaming:
                yield service, method
