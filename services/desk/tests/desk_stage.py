"""Whom a desk talks to, played by its tests: the router, crm, customers."""

import asyncio
import secrets
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from chassis.kafka import FollowConsumer, FromEnd, Position, Producer, Record
from chassis.run import Lifecycle
from chassis.sealing import open_sealed, seal
from chassis.testing import eventually, free_port, running
from contact_center.v1 import (
    channel_commands_pb2,
    common_pb2,
    contact_events_pb2,
    message_events_pb2,
    policy_pb2,
    routing_events_pb2,
)
from desk.app import build
from desk.settings import DeskSettings

from .played_crm import PlayedCrm

GARBAGE = b"\xff\xfenot ours"
Decisions = list[routing_events_pb2.Decision]
Answer = Callable[[Any], Decisions | None]


def decision(**body: Any) -> routing_events_pb2.Decision:
    return routing_events_pb2.Decision(**body)


def refusal(because: str, detail: str = "") -> Decisions:
    value = routing_events_pb2.RejectedBecause.Value(f"REJECTED_BECAUSE_{because}")
    rejected = routing_events_pb2.RecordRejected(because=value, detail=detail)
    return [decision(record_rejected=rejected)]


class ScriptedRouter:
    """Answers each fact with a step: sign-ins by itself, the rest as the test says, else empty."""

    def __init__(self, settings: DeskSettings, producer: Producer, workspace: str) -> None:
        self._producer = producer
        self.workspace = workspace
        self.number = 0
        self.facts: list[contact_events_pb2.ContactEvent] = []
        self.traces: list[str] = []
        self.agents: dict[str, routing_events_pb2.AgentState] = {}
        self.answers: dict[str, Answer] = {}
        self.is_silent = False
        self.follower = FollowConsumer(
            settings, ["contact-events.v1"], self._on_fact, FromEnd(), name="scripted-router"
        )
        self._seen: set[str] = set()

    def agent(self, agent_id: str) -> routing_events_pb2.AgentState:
        """An agent whom the roster knows; the test changes the state as it likes."""
        state = routing_events_pb2.AgentState(
            agent_id=agent_id,
            presence=common_pb2.PRESENCE_AVAILABLE,
            connection=routing_events_pb2.CONNECTION_CONNECTED,
            is_routable=True,
        )
        self.agents[agent_id] = state
        return state

    def named(self, kind: str) -> list[Any]:
        """The facts of that kind, oldest first."""
        return [getattr(f, kind) for f in self.facts if f.WhichOneof("fact") == kind]

    async def step(self, *decisions: routing_events_pb2.Decision, event_id: str = "") -> int:
        """Append a step; its number."""
        self.number += 1
        step = routing_events_pb2.RoutingStep(
            workspace=self.workspace,
            step_number=self.number,
            event_id=event_id,
            decisions=list(decisions),
        )
        await self._producer.send("routing-events.v1", self.workspace, step.SerializeToString())
        return self.number

    async def changed(self, agent_id: str) -> int:
        """Say the agent's state as the test has set it."""
        return await self.step(self.state_decision(agent_id))

    def state_decision(self, agent_id: str) -> routing_events_pb2.Decision:
        changed = routing_events_pb2.AgentStateChanged(agent=self.agents[agent_id], because="test")
        return decision(agent_state_changed=changed)

    async def offer(self, agent_id: str, contact_id: str, **more: Any) -> str:
        """Offer the contact to the agent's session."""
        state = self.agents[agent_id]
        offer = routing_events_pb2.OfferMade(
            offer_id=f"offer-{contact_id}",
            contact_id=contact_id,
            agent_id=agent_id,
            session_number=state.session_number,
            desk_instance=state.desk_instance,
            channel=common_pb2.CHANNEL_CHAT,
            ring_seconds=20,
            queue="support",
            **more,
        )
        await self.step(decision(offer_made=offer))
        return offer.offer_id

    async def give(self, agent_id: str, contact_id: str, **more: Any) -> Any:
        """The contact is connected with the agent."""
        held = self.agents[agent_id].contacts.add(
            contact_id=contact_id,
            channel=more.pop("channel", common_pb2.CHANNEL_CHAT),
            state=more.pop("state", routing_events_pb2.CONTACT_STATE_CONNECTED),
            conversation_id=more.pop("conversation_id", f"conversation-{contact_id}"),
            **more,
        )
        await self.changed(agent_id)
        return held

    async def policy(self, **policy: Any) -> None:
        """Activate a policy."""
        active = policy_pb2.WorkspacePolicy(
            workspace=self.workspace, policy=policy_pb2.Policy(**policy)
        )
        topic = "workspace-policies.v1"
        await self._producer.send(topic, self.workspace, active.SerializeToString())

    async def _on_fact(self, record: Record) -> None:
        event = contact_events_pb2.ContactEvent.FromString(record.value)
        if event.workspace != self.workspace:
            return
        self.facts.append(event)
        self.traces.append((record.header("traceparent") or b"").decode())
        kind = event.WhichOneof("fact") or ""
        if self.is_silent:
            return
        if event.event_id in self._seen:
            await self.step(*refusal("REPEATED"), event_id=event.event_id)
            return
        self._seen.add(event.event_id)
        body = getattr(event, kind)
        answer = self.answers.get(kind)
        decisions = answer(body) if answer else None
        if decisions is None:
            decisions = self._signed_in(body) if kind == "agent_signed_in" else []
        await self.step(*decisions, event_id=event.event_id)

    def _signed_in(self, body: contact_events_pb2.AgentSignedIn) -> Decisions:
        state = self.agents.get(body.agent_id)
        if state is None:
            return refusal("UNKNOWN_AGENT", f"agent {body.agent_id!r}")
        state.session_number = self.number + 1
        state.desk_instance = body.desk_instance
        started = routing_events_pb2.AgentSessionStarted(session_id=body.session_id, agent=state)
        return [decision(agent_session_started=started)]


@asynccontextmanager
async def running_desk(settings: DeskSettings) -> AsyncIterator[Lifecycle]:
    """A whole desk in this process."""
    life = Lifecycle(settings)
    build(settings, life)
    work = asyncio.create_task(life.run())

    async def is_ready() -> bool:
        assert not work.done() or not work.result(), "the desk failed"
        return not await life.health.not_ready()

    try:
        await eventually(is_ready)
        yield life
    finally:
        life.end()
        code = await asyncio.wait_for(work, 30)
    assert code == 0


class Stage:
    """One workspace of its own on the shared broker, with everything around a desk."""

    def __init__(self, settings: DeskSettings, producer: Producer, crm: PlayedCrm) -> None:
        self.settings = settings
        self.crm = crm
        self.producer = producer
        self.workspace = f"w-{secrets.token_hex(4)}"
        self.router = ScriptedRouter(settings, producer, self.workspace)
        self.said: list[message_events_pb2.MessageEvent] = []
        self.commands: list[channel_commands_pb2.ChannelCommand] = []

    def desk_settings(self, **more: Any) -> DeskSettings:
        """Settings of another desk on this stage."""
        fresh = {
            "grpc_port": free_port(),
            "instance_id": f"desk-{secrets.token_hex(3)}",
            "workspace": self.workspace,
        }
        return self.settings.model_copy(update=fresh | more)

    def sealed(self, purpose: str, text: str, key_id: str) -> common_pb2.Sealed:
        aad = f"{self.workspace}|{purpose}|{key_id}".encode()
        done = seal(key_id, self.crm.keys[key_id], text.encode(), aad)
        return common_pb2.Sealed(key_id=key_id, nonce=done.nonce, ciphertext=done.ciphertext)

    def opened(self, sealed: Any, purpose: str) -> str:
        aad = f"{self.workspace}|{purpose}|{sealed.key_id}".encode()
        return open_sealed(self.crm.keys[sealed.key_id], sealed, aad).decode()

    async def say(
        self, contact_id: str, text: str, key_id: str, *, message_id: str = "", **more: Any
    ) -> tuple[str, Position]:
        """The customer writes: the content is in its topic."""
        conversation_id = more.get("conversation_id", f"conversation-{contact_id}")
        event = message_events_pb2.MessageEvent(
            event_id=str(uuid.uuid4()),
            workspace=self.workspace,
            conversation_id=conversation_id,
        )
        event.occurred_at.GetCurrentTime()
        recorded = event.message_recorded
        recorded.message_id = message_id or str(uuid.uuid4())
        recorded.contact_id = contact_id
        recorded.author = more.get("author", contact_events_pb2.PARTY_CUSTOMER)
        recorded.kind = message_events_pb2.MESSAGE_KIND_TEXT
        recorded.body.CopyFrom(self.sealed("MessageRecorded.body", text, key_id))
        position = await self.producer.send(
            "message-events.v1", conversation_id, event.SerializeToString()
        )
        return recorded.message_id, position

    async def on_message(self, record: Record) -> None:
        if record.value == GARBAGE:
            return
        event = message_events_pb2.MessageEvent.FromString(record.value)
        if event.workspace == self.workspace:
            self.said.append(event)

    async def on_command(self, record: Record) -> None:
        command = channel_commands_pb2.ChannelCommand.FromString(record.value)
        if command.workspace == self.workspace:
            self.commands.append(command)


@asynccontextmanager
async def stage_for(settings: DeskSettings, crm: PlayedCrm) -> AsyncIterator[Stage]:
    producer = Producer(settings, "desk-tests")
    stage = Stage(settings, producer, crm)
    messages = FollowConsumer(settings, ["message-events.v1"], stage.on_message, name="t-messages")
    commands = FollowConsumer(
        settings, ["channel-commands.v1"], stage.on_command, name="t-commands"
    )
    router = stage.router.follower
    async with running(producer), running(messages), running(commands), running(router):
        yield stage
