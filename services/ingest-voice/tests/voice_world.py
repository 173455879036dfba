"""The world around ingest-voice: a key service, a router and a flow played here, a real Kafka."""

import asyncio
import os
import signal
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc.aio

from chassis.kafka import FollowConsumer, FromStart, Producer, Record
from chassis.sealing import SealedBytes, new_key, open_sealed, seal
from chassis.settings import ServiceSettings
from chassis.testing import eventually, free_port
from contact_center.v1 import (
    channel_commands_pb2,
    common_pb2,
    contact_events_pb2,
    key_service_pb2,
    key_service_pb2_grpc,
    message_events_pb2,
    policy_pb2,
    routing_events_pb2,
)

NUMBER = "+493012345678"
SECRET = "the secret of the voice tests"


class PlayedKeys(key_service_pb2_grpc.KeyServiceServicer):
    """A key service in memory, on a real gRPC server; it may go away."""

    def __init__(self) -> None:
        self.keys: dict[str, bytes] = {}
        self.purposes: list[str] = []
        self.port = free_port()
        self._server: Any = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._server = grpc.aio.server()
        key_service_pb2_grpc.add_KeyServiceServicer_to_server(self, self._server)
        self._server.add_insecure_port(self.address)
        await self._server.start()

    async def stop(self) -> None:
        await self._server.stop(0)

    async def LeaseKeys(self, request: Any, context: Any) -> Any:
        answer = key_service_pb2.LeaseKeysResponse()
        for _ in range(request.count):
            key_id, key = str(uuid.uuid4()), new_key()
            self.keys[key_id] = key
            answer.keys.add(key_id=key_id, key=key)
        return answer

    async def GetKey(self, request: Any, context: Any) -> Any:
        self.purposes.append(dict(context.invocation_metadata()).get("audit-purpose", ""))
        if request.key_id not in self.keys:
            await context.abort(grpc.StatusCode.NOT_FOUND, "no such key")
        key = key_service_pb2.ContactKey(key_id=request.key_id, key=self.keys[request.key_id])
        return key_service_pb2.GetKeyResponse(key=key)


class VoiceProcess:
    """`python -m ingest_voice` on its own port and folder."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.environment = environment
        self._log = log
        self.sip_port = int(environment["SIP_PORT"])
        self.admin_port = int(environment["ADMIN_PORT"])
        self.process: Any = None

    async def start(self) -> None:
        with self._log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "ingest_voice", env={**os.environ, **self.environment},
                stderr=log,
            )  # fmt: skip
        await eventually(self.is_ready)

    async def is_ready(self) -> bool:
        if self.process.returncode is not None:
            raise RuntimeError(f"the service ended: {self.log[-4000:]}")
        return (await self.get("readyz"))[0] == 200

    async def get(self, path: str) -> tuple[int, str]:
        url = f"http://127.0.0.1:{self.admin_port}/{path}"

        def ask() -> tuple[int, str]:
            try:
                with urllib.request.urlopen(url, timeout=5) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as error:
                return error.code, ""
            except OSError:
                return 0, ""

        return await asyncio.to_thread(ask)

    def address(self, number: str = NUMBER) -> str:
        return f"sip:{number}@127.0.0.1:{self.sip_port}"

    def kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    async def ended(self, within: float = 60) -> int:
        return await asyncio.wait_for(self.process.wait(), within)

    @property
    def log(self) -> str:
        return self._log.read_text()


class World:
    """What the others would do, and what they would see."""

    def __init__(self, settings: ServiceSettings, workspace: str, keys: PlayedKeys) -> None:
        self.settings = settings
        self.workspace = workspace
        self.keys = keys
        self.producer = Producer(settings, "voice-tests")
        self.facts: list[contact_events_pb2.ContactEvent] = []
        self.content: list[message_events_pb2.MessageEvent] = []
        self.raw: list[bytes] = []
        self._step = 0

    async def on_record(self, record: Record) -> None:
        if record.topic == "contact-events.v1":
            event = contact_events_pb2.ContactEvent.FromString(record.value)
            if event.workspace == self.workspace:
                self.facts.append(event)
                self.raw.append(record.value)
        else:
            content = message_events_pb2.MessageEvent.FromString(record.value)
            if content.workspace == self.workspace:
                self.content.append(content)
                self.raw.append(record.value)

    async def fact(
        self, kind: str, accept: Callable[[Any], bool] = lambda _: True, within: float = 15
    ) -> Any:
        """The first fact of the kind, for example `contact_arrived`."""

        def found() -> Any:
            for event in self.facts:
                if event.WhichOneof("fact") == kind and accept(getattr(event, kind)):
                    return getattr(event, kind)
            return None

        return await eventually(found, within)

    async def said(
        self, kind: str, accept: Callable[[Any], bool] = lambda _: True, within: float = 15
    ) -> Any:
        """The first content event of the kind, for example `message_recorded`."""

        def found() -> Any:
            for event in self.content:
                if event.WhichOneof("event") == kind and accept(getattr(event, kind)):
                    return getattr(event, kind)
            return None

        return await eventually(found, within)

    def kinds(self, contact_id: str) -> list[str]:
        """The kinds of all facts of a contact, in order."""
        names = [(e, e.WhichOneof("fact")) for e in self.facts]
        return [name for e, name in names if getattr(e, name).contact_id == contact_id]

    def arrived(self) -> list[str]:
        """The contacts that arrived, in order."""
        facts = [e.contact_arrived for e in self.facts if e.HasField("contact_arrived")]
        return [fact.contact_id for fact in facts]

    def failed(self) -> list[str]:
        """The contacts whose channel failed, in order."""
        facts = [e.channel_failed for e in self.facts if e.HasField("channel_failed")]
        return [fact.contact_id for fact in facts]

    async def publish_policy(
        self, *numbers: str, workspace: str = "", calls_lost_back: bool = False
    ) -> None:
        workspace = workspace or self.workspace
        points = [
            policy_pb2.EntryPoint(
                name=f"entry-{n}", channel=common_pb2.CHANNEL_VOICE, address=n, flow="menu"
            )
            for n in numbers
        ]
        policy = policy_pb2.WorkspacePolicy(
            workspace=workspace, policy=policy_pb2.Policy(version=1, entry_points=points)
        )
        policy.policy.callbacks.is_for_lost_calls = calls_lost_back
        await self.producer.send("workspace-policies.v1", workspace, policy.SerializeToString())

    async def command(
        self, contact: Any, command_id: str = "", *, expires_in: float = 30, **command: Any
    ) -> None:
        message = channel_commands_pb2.ChannelCommand(
            command_id=command_id or str(uuid.uuid4()),
            workspace=self.workspace,
            contact_id=contact.contact_id,
            conversation_id=contact.conversation_id,
            **command,
        )
        message.expires_at.FromSeconds(int(time.time() + expires_in))
        await self.producer.send(
            "channel-commands.v1", contact.contact_id, message.SerializeToString()
        )

    def sealed(self, contact: Any, purpose: str, text: str) -> common_pb2.Sealed:
        aad = f"{self.workspace}|{purpose}|{contact.key_id}".encode()
        done = seal(contact.key_id, self.keys.keys[contact.key_id], text.encode(), aad)
        return common_pb2.Sealed(key_id=done.key_id, nonce=done.nonce, ciphertext=done.ciphertext)

    def opened(self, sealed: common_pb2.Sealed, purpose: str) -> str:
        aad = f"{self.workspace}|{purpose}|{sealed.key_id}".encode()
        closed = SealedBytes(sealed.key_id, sealed.nonce, sealed.ciphertext)
        return open_sealed(self.keys.keys[sealed.key_id], closed, aad).decode()

    async def step(self, *decisions: routing_events_pb2.Decision, number: int = 0) -> None:
        self._step = number or self._step + 1
        step = routing_events_pb2.RoutingStep(
            workspace=self.workspace, step_number=self._step, decisions=decisions
        )
        step.stamped_at.GetCurrentTime()
        await self.producer.send("routing-events.v1", self.workspace, step.SerializeToString())

    async def connect(
        self, contact_id: str, port: int, offer_id: str = "o1", seconds: float = 10
    ) -> None:
        connecting = routing_events_pb2.ContactConnecting(
            contact_id=contact_id,
            offer_id=offer_id,
            agent_id="ana",
            voice_address=f"sip:ana@127.0.0.1:{port}",
            connect_seconds=seconds,
        )
        await self.step(routing_events_pb2.Decision(contact_connecting=connecting))


@asynccontextmanager
async def world(
    bootstrap: str, prefix: str, keys: PlayedKeys, workspace: str
) -> AsyncIterator[World]:
    settings = ServiceSettings(kafka_bootstrap_servers=bootstrap, topic_prefix=prefix)
    played = World(settings, workspace, keys)
    reader = FollowConsumer(
        settings,
        ["contact-events.v1", "message-events.v1"],
        played.on_record,
        FromStart(),
        name="voice-tests",
    )
    await played.producer.start()
    await reader.start()
    work = asyncio.create_task(reader.run())
    try:
        yield played
    finally:
        await reader.stop()
        await work
        await played.producer.stop()
