"""Whom ingest-digital talks to, played by the tests: the router with its agents, a browser."""

import asyncio
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from digital_keys import sealed_into
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from chassis.kafka import Position, Producer
from contact_center.v1 import (
    channel_commands_pb2,
    message_events_pb2,
    policy_pb2,
    routing_events_pb2,
)
from ingest_digital.adapters.publisher import MESSAGE_EVENTS

Frame = dict[str, Any]


class PlayedRouter:
    """Writes steps, policies, agents' messages and commands."""

    def __init__(self, producer: Producer, workspace: str) -> None:
        self._producer = producer
        self.workspace = workspace
        self._number = 0
        self._policies = 0

    async def activate_policy(
        self, *, mailbox: str = "help@cc.test", more: dict[str, str] | None = None
    ) -> None:
        self._policies += 1
        policy = policy_pb2.WorkspacePolicy(workspace=self.workspace)
        policy.policy.version = self._policies
        policy.policy.entry_points.add(name="web", channel=3, address="widget", flow="main")
        policy.policy.entry_points.add(name="help", channel=7, address=mailbox, flow="mail")
        for name, address in (more or {}).items():
            policy.policy.entry_points.add(name=name, channel=7, address=address, flow="mail")
        policy.policy.entry_points.add(name="line", channel=1, address="1000", flow="main")
        await self._send("workspace-policies.v1", policy)

    async def opens(
        self, contact_id: str, conversation_id: str, key_id: str = "", channel: int = 3, by: int = 1
    ) -> None:
        opened = routing_events_pb2.ContactOpened(
            contact_id=contact_id,
            conversation_id=conversation_id,
            key_id=key_id,
            channel=channel,
            entry_point="web",
            opened_by=by,
        )
        await self.step(routing_events_pb2.Decision(contact_opened=opened))

    async def connects(self, contact_id: str, agent_id: str = "ana") -> None:
        connected = routing_events_pb2.ContactConnected(contact_id=contact_id, agent_id=agent_id)
        await self.step(routing_events_pb2.Decision(contact_connected=connected))

    async def estimates(self, contact_id: str, low: float, high: float) -> None:
        """The contact begins to wait, and is told how long."""
        queued = routing_events_pb2.VisitOpened(contact_id=contact_id)
        wait = routing_events_pb2.WaitEstimated(
            contact_id=contact_id, low_seconds=low, high_seconds=high, coverage=0.8
        )
        await self.step(
            routing_events_pb2.Decision(visit_opened=queued),
            routing_events_pb2.Decision(wait_estimated=wait),
        )

    async def ends(self, contact_id: str) -> None:
        ended = routing_events_pb2.ContactEnded(contact_id=contact_id)
        await self.step(routing_events_pb2.Decision(contact_ended=ended))

    async def refuses(self, event_id: str, because: int) -> None:
        rejected = routing_events_pb2.RecordRejected(because=because)
        await self.step(routing_events_pb2.Decision(record_rejected=rejected), event_id=event_id)

    async def step(self, *decisions: Any, event_id: str = "") -> None:
        self._number += 1
        step = routing_events_pb2.RoutingStep(
            workspace=self.workspace, step_number=self._number, event_id=event_id
        )
        step.stamped_at.GetCurrentTime()
        step.decisions.extend(decisions)
        await self._send("routing-events.v1", step)

    async def says(
        self,
        conversation_id: str,
        key_id: str,
        text: str,
        *,
        author: int = 2,
        author_id: str = "ana",
        choices: dict[str, str] | None = None,
    ) -> Position:
        """An agent (or a flow) writes."""
        event = message_events_pb2.MessageEvent(
            event_id=str(uuid.uuid4()), workspace=self.workspace, conversation_id=conversation_id
        )
        event.occurred_at.FromDatetime(datetime.now(UTC))
        recorded = event.message_recorded
        recorded.message_id, recorded.author = str(uuid.uuid4()), author
        recorded.author_id, recorded.kind = author_id, 1
        sealed_into(recorded.body, self.workspace, "MessageRecorded.body", key_id, text)
        for value, label in (choices or {}).items():
            choice = recorded.choices.add(value=value)
            sealed_into(choice.label, self.workspace, "Choice.label", key_id, label)
        return await self._send(MESSAGE_EVENTS, event, key=conversation_id)

    async def commands(self, contact_id: str, conversation_id: str, **command: Any) -> str:
        """A command of the desk; `expired=True` makes it too late."""
        sent = channel_commands_pb2.ChannelCommand(
            command_id=command.pop("command_id", "") or str(uuid.uuid4()),
            workspace=self.workspace,
            contact_id=contact_id,
            conversation_id=conversation_id,
            source=command.pop("source", "desk/test"),
        )
        seconds = -5 if command.pop("expired", False) else 60
        sent.expires_at.FromDatetime(datetime.now(UTC) + timedelta(seconds=seconds))
        for name, value in command.items():
            getattr(sent, name).CopyFrom(value)
        await self._send("channel-commands.v1", sent, key=contact_id)
        return sent.command_id

    async def _send(self, topic: str, message: Any, key: str = "") -> Position:
        value = message.SerializeToString()
        return await self._producer.send(topic, key or self.workspace, value)


class ChatClient:
    """A browser. `frames` are all it got; it resends and resumes only when told."""

    def __init__(self, url: str, **first: Any) -> None:
        self.url = url
        self.first: Frame = {
            "type": "start",
            "entry_point": "web",
            "start_id": str(uuid.uuid4()),
            "visitor_id": f"visitor-{uuid.uuid4()}",
            **first,
        }
        self.frames: list[Frame] = []
        self.close_code: int | None = None
        self.close_reason = ""
        self.socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self.socket = await connect(self.url, max_size=1 << 20)
        self._reader = asyncio.create_task(self._read(self.socket))
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self.socket is not None and self._reader is not None
        await self.socket.close()
        await self._reader

    async def begin(self) -> Frame:
        """Send the first frame; what answers it."""
        await self.send(self.first)
        return await self.next_of("started", "resumed", "error")

    async def send(self, frame: Frame | str | bytes) -> None:
        assert self.socket is not None
        await self.socket.send(json.dumps(frame) if isinstance(frame, dict) else frame)

    async def say(self, text: str, client_msg_id: str = "") -> Frame:
        """Send a message; its ack or error."""
        sent_id = client_msg_id or str(uuid.uuid4())
        seen = len(self.frames)
        await self.send({"type": "message", "client_msg_id": sent_id, "text": text})
        return await self.wait_for(
            lambda f: f["type"] in ("ack", "error") and f.get("client_msg_id") == sent_id, seen
        )

    async def next_of(self, *types: str, after: int = 0) -> Frame:
        return await self.wait_for(lambda f: f["type"] in types, after)

    async def state(self, state: str, after: int = 0) -> Frame:
        return await self.wait_for(lambda f: f["type"] == "state" and f["state"] == state, after)

    async def hears(self, text: str) -> Frame:
        return await self.wait_for(lambda f: f["type"] == "message" and f["text"] == text)

    async def wait_for(self, wanted: Any, after: int = 0, within: float = 60) -> Frame:
        async with asyncio.timeout(within):
            while True:
                for frame in self.frames[after:]:
                    if wanted(frame):
                        return frame
                if self.close_code is not None:
                    raise AssertionError(f"closed {self.close_code}: {self.close_reason}")
                await asyncio.sleep(0.01)

    async def closed(self, within: float = 60) -> int:
        """The code with which the server closed the socket."""
        async with asyncio.timeout(within):
            while self.close_code is None:
                await asyncio.sleep(0.01)
        return self.close_code

    def texts(self) -> list[str]:
        return [frame["text"] for frame in self.frames if frame["type"] == "message"]

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for raw in socket:
                self.frames.append(json.loads(raw))
        except ConnectionClosed:
            pass
        finally:
            self.close_reason = socket.close_reason or ""
            self.close_code = socket.close_code


def resume_of(started: Frame, last_seq: int = -1) -> Frame:
    """The first frame of a browser that comes back."""
    return {
        "type": "resume",
        "conversation_id": started["conversation_id"],
        "token": started["token"],
        "last_seq": last_seq,
    }
