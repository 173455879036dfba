"""Facts appended straight to the log of a running stack, and the router's steps read from it."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from chassis.events import headers
from chassis.kafka import FollowConsumer, FromEnd, Producer, Record
from chassis.settings import ServiceSettings
from contact_center.v1 import common_pb2, contact_events_pb2, policy_pb2, routing_events_pb2

SOURCE = "load/1"
SKILLS = ("billing", "sales", "support")
LEVEL = 3


class FactLog:
    """A context; `heard` is called with each decision of the workspace, in order."""

    def __init__(
        self, settings: ServiceSettings, workspace: str, heard: Callable[[Any], None]
    ) -> None:
        self.workspace = workspace
        self._heard = heard
        self._step = 0
        self._producer = Producer(settings, "load")
        self.follow = FollowConsumer(settings, ["routing-events.v1"], self._on_step, FromEnd())

    async def __aenter__(self) -> Self:
        await self._producer.start()
        await self.follow.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.follow.stop()
        await self._producer.stop()

    async def say(self, **fact: Any) -> None:
        """Append a fact, by its field name; returns when Kafka has it, else raises Unavailable."""
        event = contact_events_pb2.ContactEvent(
            event_id=str(uuid4()), workspace=self.workspace, source=SOURCE, **fact
        )
        now = datetime.now(UTC)
        event.occurred_at.FromDatetime(now)
        kind = type(next(iter(fact.values()))).__name__
        await self._producer.send(
            "contact-events.v1",
            self.workspace.encode(),
            event.SerializeToString(),
            headers(event.event_id, kind, SOURCE, now),
        )

    async def define(self, name: str, chats: int) -> None:
        """Add an agent who can do everything and holds so many chats."""
        skills = [common_pb2.Requirement(skill=skill, level=LEVEL) for skill in SKILLS]
        agent = policy_pb2.RosterAgent(agent_id=name, team="load", skills=skills)
        agent.capacities.add(channels=[common_pb2.CHANNEL_CHAT], slots=chats)
        await self.say(agent_defined=contact_events_pb2.AgentDefined(agent=agent))

    async def remove(self, name: str) -> None:
        """Take the agent out of the roster."""
        await self.say(agent_removed=contact_events_pb2.AgentRemoved(agent_id=name))

    async def _on_step(self, record: Record) -> None:
        step = routing_events_pb2.RoutingStep.FromString(record.value or b"")
        # A worker that takes over says again what was said before.
        if step.workspace == self.workspace and step.step_number > self._step:
            self._step = step.step_number
            for decision in step.decisions:
                self._heard(decision)
