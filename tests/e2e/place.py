"""One workspace as its people meet it, beside others of the same names."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import grpc

from chassis.kafka import Producer
from chassis.sealing import address_token, seal
from chassis.security import DevelopmentIssuer
from chassis.settings import ServiceSettings
from chassis.testing import running
from contact_center.v1 import (
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
from tests.e2e.world import World
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
