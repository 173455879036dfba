"""The contact center as people meet it: doors for customers, desks, and books to look into."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import grpc

from chassis.testing import eventually
from contact_center.v1 import (
    agent_service_pb2 as agents,
)
from contact_center.v1 import (
    analytics_service_pb2_grpc,
    contact_events_pb2,
    customer_service_pb2,
    customer_service_pb2_grpc,
    routing_events_pb2,
)
from local_stack.demo.agent_person import AgentPerson, Habits
from local_stack.demo.chat_customer import ChatCustomer
from local_stack.demo.identity import identity_token
from local_stack.demo.mail_customer import send_mail
from local_stack.phone.process import PhoneProcess, phone
from local_stack.ports import LOOPBACK
from local_stack.stack import Stack
from local_stack.tokens import Tokens
from tests.e2e.invariants import Report, check
from tests.e2e.topics_reader import Read, parse, read_topic

NUMBER = "+4930100100"
WITHIN = 30.0


def is_ended(contacts: list[customer_service_pb2.TimelineContact]) -> bool:
    """Whether the timeline's newest contact has ended."""
    return bool(contacts) and contacts[0].HasField("ended_at")


class World:
    """One per test, over the stack that all tests share."""

    def __init__(self, stack: Stack, phone_ports: dict[str, int]) -> None:
        self.stack = stack
        self.environment = stack.environment()
        self.tokens = Tokens(self.environment)
        self._phone_ports = phone_ports
        self._open = AsyncExitStack()
        self._people: list[tuple[AgentPerson, asyncio.Task[None]]] = []

    async def close(self) -> None:
        """Sign everybody out and hang up every phone."""
        for person, _ in self._people:
            await self.sign_out(person)
        for _, task in self._people:
            task.cancel()
        await asyncio.gather(*(task for _, task in self._people), return_exceptions=True)
        await self._open.aclose()

    async def sign_out(self, person: AgentPerson) -> None:
        """Sign an agent out, unless they are already."""
        if not person.is_signed_out:
            person.send(sign_out=agents.SignOut())
            await eventually(lambda: person.is_signed_out, within=WITHIN)

    @property
    def desk(self) -> str:
        return self.stack.address("desk.GRPC_PORT")

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """Who asks the services."""
        return self.tokens.metadata("supervisor", "tests")

    async def agent(
        self, name: str, *, desks: list[str] | None = None, **habits: Any
    ) -> AgentPerson:
        """Sign an agent in and available."""
        person = AgentPerson(name, desks or [self.desk], Habits(**habits), self.tokens)
        self._people.append((person, asyncio.create_task(person.run())))
        async with asyncio.timeout(WITHIN):
            await person.signed_in.wait()
        return person

    async def agent_phone(self, name: str, *options: str) -> PhoneProcess:
        """Plug an agent's telephone in, until the end of the test."""
        port = str(self._phone_ports[name])
        return await self._open.enter_async_context(
            phone("agent", "--user", name, "--port", port, *options)
        )

    async def call(self, number: str, *options: str, to: str = NUMBER) -> PhoneProcess:
        """Place a call from `number`; the phone is gone at the end of the test."""
        address = f"sip:{to}@{self.stack.address('ingest-voice.SIP_PORT')}"
        return await self._open.enter_async_context(
            phone("call", address, "--user", number, *options)
        )

    def chat(
        self, *, entry_point: str = "web-direct", visitor: str | None = None, **known: str
    ) -> ChatCustomer:
        """A visitor of the web site; `phone=` or `email=` as the site vouches for them."""
        token = (
            identity_token(self.stack.secret("CHAT_IDENTITY_SECRET"), **known) if known else None
        )
        return ChatCustomer(
            f"ws://{self.stack.address('ingest-digital.CHAT_PORT')}/v1/chat",
            entry_point=entry_point,
            visitor_id=visitor,
            identity_token=token,
        )

    async def mail(self, **fields: Any) -> str:
        """Send a mail in; returns its Message-ID."""
        return await send_mail(LOOPBACK, self.stack.ports["ingest-digital.MAIL_PORT"], **fields)

    @asynccontextmanager
    async def crm(self) -> AsyncIterator[customer_service_pb2_grpc.CustomerServiceStub]:
        """The customer service's stub; pass `metadata=world.metadata`."""
        async with grpc.aio.insecure_channel(self.stack.address("crm.GRPC_PORT")) as channel:
            yield customer_service_pb2_grpc.CustomerServiceStub(channel)

    @asynccontextmanager
    async def analytics(self) -> AsyncIterator[analytics_service_pb2_grpc.AnalyticsServiceStub]:
        """The analytics service's stub."""
        async with grpc.aio.insecure_channel(self.stack.address("analytics.GRPC_PORT")) as channel:
            yield analytics_service_pb2_grpc.AnalyticsServiceStub(channel)

    async def customer(self, kind: str, address: str) -> customer_service_pb2.Customer:
        """Return the customer with that address; waits until crm knows them."""
        async with self.crm() as stub:
            request = customer_service_pb2.FindCustomerRequest(
                workspace=self.stack.workspace, kind=kind, address=address
            )

            async def found() -> customer_service_pb2.Customer:
                try:
                    answer = await stub.FindCustomer(request, metadata=self.metadata, timeout=5)
                except grpc.aio.AioRpcError as error:
                    raise AssertionError(error.code()) from error
                return answer.customer

            return await eventually(found, within=WITHIN)

    async def timeline(
        self, customer_id: str, until: Callable[[list[customer_service_pb2.TimelineContact]], bool]
    ) -> list[customer_service_pb2.TimelineContact]:
        """Return the customer's timeline, newest first, once `until` is true of it."""
        async with self.crm() as stub:
            request = customer_service_pb2.GetTimelineRequest(
                workspace=self.stack.workspace, customer_id=customer_id
            )
            last: list[customer_service_pb2.TimelineContact] = []

            async def found() -> bool:
                answer = await stub.GetTimeline(request, metadata=self.metadata, timeout=5)
                last[:] = answer.contacts
                assert until(last), last
                return True

            await eventually(found, within=WITHIN, every=0.1)
            return last

    async def metrics(self, instance: str) -> dict[str, float]:
        """Return every sample of a service's /metrics, by its name with labels."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(self.stack.admin_url(instance)) as answer,
        ):
            text = await answer.text()
        lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in lines if name}

    async def topic(self, name: str) -> list[Read]:
        """Return every record of a topic."""
        return await read_topic(
            self.stack.kafka_bootstrap_servers, f"{self.stack.topic_prefix}{name}"
        )

    async def steps(self) -> list[routing_events_pb2.RoutingStep]:
        """Return every step of the workspace, each once, in order."""
        found = {}
        for record in await self.topic("routing-events.v1"):
            step = parse(record, routing_events_pb2.RoutingStep)
            if step is not None and step.workspace == self.stack.workspace:
                found.setdefault(step.step_number, step)
        return [found[number] for number in sorted(found)]

    async def facts(self) -> list[contact_events_pb2.ContactEvent]:
        """Return every fact of the workspace in order."""
        records = await self.topic("contact-events.v1")
        facts = (parse(record, contact_events_pb2.ContactEvent) for record in records)
        return [f for f in facts if f is not None and f.workspace == self.stack.workspace]

    async def traces(self, contact_id: str) -> dict[str, str]:
        """Return the trace id that each fact and decision about a contact carries."""
        found: dict[str, str] = {}
        for record in await self.topic("contact-events.v1"):
            fact = parse(record, contact_events_pb2.ContactEvent)
            kind = fact.WhichOneof("fact") if fact is not None else None
            if kind and getattr(getattr(fact, kind), "contact_id", "") == contact_id:
                found.setdefault(kind, record.trace_id)
        for record in await self.topic("routing-events.v1"):
            step = parse(record, routing_events_pb2.RoutingStep)
            for decision in step.decisions if step is not None else ():
                kind = decision.WhichOneof("decision")
                if getattr(getattr(decision, kind), "contact_id", "") == contact_id:
                    found.setdefault(kind, record.trace_id)
        return found

    async def report(self, *, accepted: frozenset[str] = frozenset()) -> Report:
        """Judge all topics; waits until no contact is open."""
        reports: list[Report] = []

        async def settled() -> bool:
            reports[:] = [
                await check(
                    self.stack.kafka_bootstrap_servers,
                    prefix=self.stack.topic_prefix,
                    accepted=accepted,
                )
            ]
            assert not any(counts["open"] for counts in reports[0].contacts.values()), reports[0]
            return True

        await eventually(settled, within=90, every=1.0)
        return reports[0]
