"""Two workspaces in which everything has the same name, and nothing of one is seen in the other.

Each gets the same rules, the agent `ana`, a contact, a conversation and a phone number of the same
ids; only what the customer says differs. Then every way to read is tried: the desk's stream, crm,
analytics, the router, the keys. And each method is asked for the other workspace. It runs after
those that look at all that was written, which know of one workspace only.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.protobuf import descriptor_pool, message_factory

from chassis.kafka import Producer
from chassis.sealing import address_token, seal
from chassis.security import DevelopmentIssuer
from chassis.settings import ServiceSettings
from chassis.testing import eventually, running
from contact_center.v1 import (
    access_pb2,
    agent_service_pb2,
    agent_service_pb2_grpc,
    analytics_service_pb2,
    analytics_service_pb2_grpc,
    common_pb2,
    contact_events_pb2,
    customer_service_pb2,
    customer_service_pb2_grpc,
    key_service_pb2,
    key_service_pb2_grpc,
    message_events_pb2,
    routing_service_pb2,
    routing_service_pb2_grpc,
)
from local_stack.demo.agent_person import AgentPerson, Habits
from local_stack.stack import FILES
from local_stack.tokens import Tokens
from tests.e2e.world import WITHIN, World
from tests.load.fact_log import FactLog

CONTACT, CONVERSATION, PHONE = "same-contact", "same-conversation", "+49305550199"
QUEUE = "billing"
PORTS = {
    "AgentService": "desk", "AnalyticsService": "analytics", "CustomerService": "crm",
    "KeyService": "crm", "RoutingService": "router",
}  # fmt: skip


class Place:
    """One workspace: what is said there, and how it is read."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name
        self.text = f"only for {name}"
        self.tokens = Tokens({**world.environment, "WORKSPACE": name})
        self.key = key_service_pb2.ContactKey()
        self.ana = AgentPerson("ana", [world.desk], Habits(talk=600.0), self.tokens)

    async def apply_rules(self) -> None:
        environ = {**os.environ, **self.world.environment, "WORKSPACE": self.name}
        for verb in ("policy", "roster"):
            command = [sys.executable, "-m", "local_stack.cli", verb, "apply"]
            await asyncio.to_thread(
                subprocess.run,
                [*command, str(FILES / f"{verb}.yaml")],
                env=environ,
                check=True,
                capture_output=True,
                timeout=90,
            )

    async def lease(self) -> None:
        async with self.channel("crm") as channel:
            stub = key_service_pb2_grpc.KeyServiceStub(channel)
            asked = key_service_pb2.LeaseKeysRequest(workspace=self.name, count=1)
            answer = await stub.LeaseKeys(asked, metadata=self.as_("service"), timeout=60)
        self.key = answer.keys[0]

    async def bring_a_customer(self, settings: ServiceSettings) -> None:
        secret = self.world.environment["ADDRESS_TOKEN_SECRET"]
        phone = common_pb2.AddressToken(
            kind="phone",
            token=address_token(secret, "phone", PHONE),
            is_verified=True,
            address=self.sealed("AddressToken.address", PHONE),
        )
        message_id = str(uuid4())
        async with running(Producer(settings, "tests")) as producer:
            event = self.message(message_id)
            await producer.send("message-events.v1", CONVERSATION, event.SerializeToString())
        async with FactLog(settings, self.name, lambda decision: None) as log:
            arrived = contact_events_pb2.ContactArrived(
                contact_id=CONTACT,
                channel=common_pb2.CHANNEL_CHAT,
                entry_point="web-direct",
                conversation_id=CONVERSATION,
                key_id=self.key.key_id,
                addresses=[phone],
            )
            await log.say(contact_arrived=arrived)
            await log.say(
                queue_requested=contact_events_pb2.QueueRequested(contact_id=CONTACT, queue=QUEUE)
            )

    async def end_the_contact(self, settings: ServiceSettings) -> None:
        """Whoever looks at the whole log afterwards finds nobody waiting."""
        async with FactLog(settings, self.name, lambda decision: None) as log:
            failed = contact_events_pb2.ChannelFailed(contact_id=CONTACT, reason="the test is over")
            await log.say(channel_failed=failed)

    def message(self, message_id: str) -> message_events_pb2.MessageEvent:
        recorded = message_events_pb2.MessageRecorded(
            message_id=message_id,
            contact_id=CONTACT,
            author=contact_events_pb2.PARTY_CUSTOMER,
            kind=message_events_pb2.MESSAGE_KIND_TEXT,
            body=self.sealed("MessageRecorded.body", self.text),
        )
        event = message_events_pb2.MessageEvent(
            event_id=str(uuid4()),
            workspace=self.name,
            conversation_id=CONVERSATION,
            message_recorded=recorded,
        )
        event.occurred_at.GetCurrentTime()
        return event

    def sealed(self, purpose: str, text: str) -> common_pb2.Sealed:
        aad = f"{self.name}|{purpose}|{self.key.key_id}".encode()
        done = seal(self.key.key_id, self.key.key, text.encode(), aad)
        return common_pb2.Sealed(key_id=done.key_id, nonce=done.nonce, ciphertext=done.ciphertext)

    def token_here_only(self, role: str) -> str:
        """Also a service's, which else is for every workspace."""
        key_file = Path(self.world.environment["DEVELOPMENT_ISSUER_KEY_FILE"])
        return DevelopmentIssuer(key_file).token(role, "somebody", self.name)

    def as_(self, role: str, name: str = "somebody") -> tuple[tuple[str, str], ...]:
        return self.tokens.metadata(role, name)

    @asynccontextmanager
    async def channel(self, service: str) -> AsyncIterator[grpc.aio.Channel]:
        address = self.world.stack.address(f"{service}.GRPC_PORT")
        async with grpc.aio.insecure_channel(address) as channel:
            yield channel

    async def at_the_desk(self) -> str:
        """All that ana was shown."""
        return " ".join(str(event) for event in self.ana.seen)

    async def in_crm(self) -> str:
        more = {"metadata": self.as_("quality"), "timeout": 60}
        async with self.channel("crm") as channel:
            stub = customer_service_pb2_grpc.CustomerServiceStub(channel)
            pb = customer_service_pb2
            found = await stub.FindCustomer(
                pb.FindCustomerRequest(workspace=self.name, kind="phone", address=PHONE), **more
            )
            who = {"workspace": self.name, "customer_id": found.customer.customer_id}
            timeline = await stub.GetTimeline(pb.GetTimelineRequest(**who), **more)
            said = await stub.GetConversation(
                pb.GetConversationRequest(workspace=self.name, conversation_id=CONVERSATION), **more
            )
            watched = await stub.WatchTimeline(pb.WatchTimelineRequest(**who), **more).read()
        assert [contact.contact_id for contact in timeline.contacts] == [CONTACT]
        customer = contact_events_pb2.PARTY_CUSTOMER
        assert [m.text for m in said.messages if m.author == customer] == [self.text]
        return f"{timeline} {said} {watched}"

    async def in_numbers(self) -> str:
        async with self.channel("analytics") as channel:
            stub = analytics_service_pb2_grpc.AnalyticsServiceStub(channel)
            asked = analytics_service_pb2.GetQueuesRequest(workspace=self.name)
            given = {"metadata": self.as_("analyst"), "timeout": 60}
            numbers = (await stub.GetQueues(asked, **given)).numbers
        entered = {queue.queue: queue.entered for queue in numbers.queues if not queue.channel}
        assert entered[QUEUE] == 1, entered
        return str(numbers)

    async def in_decisions(self) -> str:
        pb = routing_service_pb2
        given = {"metadata": self.as_("supervisor"), "timeout": 60}
        async with self.channel("router") as channel:
            stub = routing_service_pb2_grpc.RoutingServiceStub(channel)
            request = pb.ExplainRequest(workspace=self.name, contact_id=CONTACT)
            why = await stub.Explain(request, **given)
            latest = await stub.ListRecentContacts(
                pb.ListRecentContactsRequest(workspace=self.name), **given
            )
        assert why.workspace == self.name
        assert [contact.contact_id for contact in latest.contacts] == [CONTACT]
        return f"{why} {latest}"


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
