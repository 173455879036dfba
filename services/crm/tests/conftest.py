"""Crm on the real broker and database, and what its tests need to talk to it."""

import asyncio
import base64
import os
import secrets
import signal
import sys
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import grpc.aio
import pytest
from google.protobuf.message import DecodeError

from chassis.kafka import FollowConsumer, FromEnd, Producer, Record
from chassis.rpc import GrpcChannel
from chassis.run import Lifecycle
from chassis.sealing import address_token, seal
from chassis.telemetry import AdminServer
from chassis.testing import eventually, free_port, fresh_database, running
from contact_center.v1 import (
    common_pb2,
    contact_events_pb2,
    customer_service_pb2_grpc,
    key_service_pb2,
    key_service_pb2_grpc,
    message_events_pb2,
    routing_events_pb2,
)
from crm.app import build
from crm.settings import CrmSettings

SECRET = "the secret of the tests"


@pytest.fixture
async def crm_settings(
    infrastructure: Any, kafka_bootstrap_servers: str, topic_prefix: str
) -> AsyncIterator[CrmSettings]:
    """Settings of a crm with an empty database of its own."""
    async with fresh_database(infrastructure.database_url) as database_url:
        yield CrmSettings(
            kafka_bootstrap_servers=kafka_bootstrap_servers,
            topic_prefix=topic_prefix,
            database_url=database_url,
            grpc_port=free_port(),
            admin_port=0,
            address_token_secret=SECRET,
            master_key=base64.b64encode(secrets.token_bytes(32)).decode(),
            instance_id=f"crm-{secrets.token_hex(3)}",
            listen_retry_seconds=0.1,
        )


class RunningCrm:
    """A crm at work, and stubs that speak to it."""

    def __init__(
        self, settings: CrmSettings, channel: grpc.aio.Channel, admin: AdminServer
    ) -> None:
        self.settings = settings
        self.admin = admin
        self.keys = key_service_pb2_grpc.KeyServiceStub(channel)
        self.customers = customer_service_pb2_grpc.CustomerServiceStub(channel)


@asynccontextmanager
async def started(settings: CrmSettings) -> AsyncIterator[RunningCrm]:
    life = Lifecycle(settings)
    life.add(life.admin)
    build(settings, life)
    work = asyncio.create_task(life.run())
    channel = GrpcChannel(settings, f"127.0.0.1:{settings.grpc_port}")
    try:
        await eventually(lambda: _is_ready(life, work))
        yield RunningCrm(settings, channel.channel, life.admin)
    finally:
        await channel.stop()
        life.end()
        code = await asyncio.wait_for(work, 60)
    assert code == 0


async def _is_ready(life: Lifecycle, work: "asyncio.Task[int]") -> bool:
    if work.done():
        raise RuntimeError(f"crm ended with {work.result()}")
    return not await life.health.not_ready()


@pytest.fixture
def start_crm() -> Callable[[CrmSettings], Any]:
    return started


@pytest.fixture
async def crm(crm_settings: CrmSettings) -> AsyncIterator[RunningCrm]:
    async with started(crm_settings) as running_crm:
        yield running_crm


class Log:
    """Writes facts, steps and messages of one workspace, as their owners would, and reads."""

    def __init__(self, producer: Producer) -> None:
        self.producer = producer
        self.workspace = f"w-{secrets.token_hex(4)}"
        self.facts: list[Record] = []
        self.step_number = 0
        self.key = key_service_pb2.ContactKey(key_id="no key", key=b"k" * 32)

    async def lease(self, crm: RunningCrm) -> key_service_pb2.ContactKey:
        """A new key; what is sealed from now on is sealed with it."""
        request = key_service_pb2.LeaseKeysRequest(workspace=self.workspace, count=1)
        self.key = (await crm.keys.LeaseKeys(request)).keys[0]
        return self.key

    def sealed(self, purpose: str, text: str) -> common_pb2.Sealed:
        aad = f"{self.workspace}|{purpose}|{self.key.key_id}".encode()
        done = seal(self.key.key_id, self.key.key, text.encode(), aad)
        return common_pb2.Sealed(key_id=done.key_id, nonce=done.nonce, ciphertext=done.ciphertext)

    def address(self, kind: str, address: str, verified: bool = True) -> common_pb2.AddressToken:
        return common_pb2.AddressToken(
            kind=kind,
            token=address_token(SECRET, kind, address),
            is_verified=verified,
            address=self.sealed("AddressToken.address", address),
        )

    async def fact(self, **fact: Any) -> None:
        event = contact_events_pb2.ContactEvent(
            event_id=str(uuid.uuid4()), workspace=self.workspace, source="test/1", **fact
        )
        await self.producer.send("contact-events.v1", self.workspace, event.SerializeToString())

    async def arrived(self, contact_id: str, *addresses: Any, **more: Any) -> None:
        await self.fact(
            contact_arrived=contact_events_pb2.ContactArrived(
                contact_id=contact_id,
                channel=more.pop("channel", common_pb2.CHANNEL_VOICE),
                key_id=more.pop("key_id", self.key.key_id),
                addresses=addresses,
                **more,
            )
        )

    async def step(self, *decisions: dict[str, Any], number: int | None = None) -> datetime:
        self.step_number = self.step_number + 1 if number is None else number
        step = routing_events_pb2.RoutingStep(
            workspace=self.workspace,
            step_number=self.step_number,
            decisions=[routing_events_pb2.Decision(**decision) for decision in decisions],
        )
        now = datetime.now(UTC)
        step.stamped_at.FromDatetime(now)
        await self.producer.send("routing-events.v1", self.workspace, step.SerializeToString())
        return now

    async def opened(self, contact_id: str, **more: Any) -> None:
        more.setdefault("opened_by", routing_events_pb2.OPENED_BY_ARRIVAL)
        number = more.pop("number", None)
        opened = routing_events_pb2.ContactOpened(contact_id=contact_id, **more)
        await self.step({"contact_opened": opened}, number=number)

    async def said(self, conversation: str, **event: Any) -> None:
        message = message_events_pb2.MessageEvent(
            event_id=str(uuid.uuid4()),
            workspace=self.workspace,
            conversation_id=conversation,
            **event,
        )
        await self.producer.send("message-events.v1", conversation, message.SerializeToString())

    async def message(self, conversation: str, contact: str, message_id: str, text: str) -> None:
        await self.said(
            conversation,
            message_recorded=message_events_pb2.MessageRecorded(
                message_id=message_id,
                contact_id=contact,
                author=contact_events_pb2.PARTY_CUSTOMER,
                kind=message_events_pb2.MESSAGE_KIND_TEXT,
                body=self.sealed("MessageRecorded.body", text),
            ),
        )

    async def read(self, record: Record) -> None:
        self.facts.append(record)

    def identified(self, contact_id: str) -> list[contact_events_pb2.ContactEvent]:
        """All that was said of the contact's customer since the start of the test."""
        events = map(_fact_of, self.facts)
        return [
            event
            for event in events
            if event is not None
            and event.workspace == self.workspace
            and event.customer_identified.contact_id == contact_id
        ]

    async def customer_of(self, contact_id: str) -> contact_events_pb2.CustomerIdentified:
        events = await eventually(lambda: self.identified(contact_id))
        return events[-1].customer_identified


def _fact_of(record: Record) -> contact_events_pb2.ContactEvent | None:
    try:
        return contact_events_pb2.ContactEvent.FromString(record.value)
    except DecodeError:  # tests write garbage on purpose
        return None


@pytest.fixture
async def log(crm_settings: CrmSettings) -> AsyncIterator[Log]:
    async with running(Producer(crm_settings, "test")) as producer:
        written = Log(producer)
        reader = FollowConsumer(
            crm_settings, ["contact-events.v1"], written.read, FromEnd(), name="test"
        )
        async with running(reader):
            yield written


class Gate:
    """A TCP proxy before Postgres that can be shut: then Postgres is away."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = free_port()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def shut(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind_reader, behind = await asyncio.open_connection(*self._target)
        self._writers |= {writer, behind}
        await asyncio.gather(
            _pump(reader, behind), _pump(behind_reader, writer), return_exceptions=True
        )
        self._writers -= {writer, behind}


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()


@pytest.fixture
def make_gate() -> type[Gate]:
    return Gate


class Process:
    """Crm as a process of its own, which can be killed."""

    def __init__(self, settings: CrmSettings) -> None:
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        secret = ("database_url", "master_key", "address_token_secret")
        values = self._settings.model_dump(exclude_none=True)
        values |= {name: getattr(self._settings, name).get_secret_value() for name in secret}
        environment = {name.upper(): str(value) for name, value in values.items()}
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "crm",
            env={**os.environ, **environment},
            stderr=asyncio.subprocess.DEVNULL,
        )

    async def end(self, number: signal.Signals) -> int:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(number)
        return await asyncio.wait_for(self._process.wait(), 30)


@pytest.fixture
async def process(crm_settings: CrmSettings) -> AsyncIterator[Process]:
    found = Process(crm_settings)
    yield found
    await found.end(signal.SIGKILL)
