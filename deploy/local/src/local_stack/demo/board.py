"""The live table in the terminal: queues, agents, and the latest decisions with their reasons."""

import asyncio
import time
from collections import deque

import grpc
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from chassis.kafka import FollowConsumer, FromEnd, Record, StepFilter
from chassis.settings import ServiceSettings
from contact_center.v1 import (
    analytics_service_pb2,
    analytics_service_pb2_grpc,
    common_pb2,
    routing_events_pb2,
)
from local_stack.demo.sentences import channel_name, sentences
from local_stack.tokens import Tokens

DECISIONS_SHOWN = 12
# What the tables with lines around them need, beside their rows.
ROOMY_COLUMNS, ROOMY_LINES = 100, 13
COMPACT_LINES = 5
RETRY_SECONDS = 0.5


class Board:
    """Follows analytics and the routing steps; `render` returns what a screen shows now."""

    def __init__(
        self, settings: ServiceSettings, analytics: str, workspace: str, tokens: Tokens
    ) -> None:
        self.numbers = analytics_service_pb2.WorkspaceNumbers()
        self.decisions: deque[str] = deque(maxlen=DECISIONS_SHOWN)
        self.note = ""
        self._analytics = analytics
        self._workspace = workspace
        self._tokens = tokens
        self._steps = StepFilter()
        self._follow = FollowConsumer(
            settings, ["routing-events.v1"], self._on_record, start=FromEnd()
        )

    async def run(self) -> None:
        """Follow until cancelled."""
        await self._follow.start()
        try:
            await asyncio.gather(self._follow.run(), self._watch())
        finally:
            await self._follow.stop()

    async def _watch(self) -> None:
        while True:
            async with grpc.aio.insecure_channel(self._analytics) as channel:
                stub = analytics_service_pb2_grpc.AnalyticsServiceStub(channel)
                request = analytics_service_pb2.WatchQueuesRequest(workspace=self._workspace)
                metadata = self._tokens.metadata("supervisor", "board")
                try:
                    async for response in stub.WatchQueues(request, metadata=metadata):
                        self.numbers = response.numbers
                except grpc.aio.AioRpcError as error:
                    self.note = f"analytics is away: {error.code().name}"
            await asyncio.sleep(RETRY_SECONDS)

    async def _on_record(self, record: Record) -> None:
        step = routing_events_pb2.RoutingStep.FromString(record.value or b"")
        if step.workspace == self._workspace and self._steps.accepts(
            step.workspace, step.step_number
        ):
            self.decisions.extend(sentences(step))

    def render(self, columns: int = ROOMY_COLUMNS, lines: int = 0) -> RenderableType:
        """Return the queues, the agents and the decisions; in so many lines, if any are said."""
        rows = len(self._totals()) + len(self.numbers.agents)
        is_roomy = not lines or lines > rows + DECISIONS_SHOWN + ROOMY_LINES
        is_compact = columns < ROOMY_COLUMNS or not is_roomy
        room = min(DECISIONS_SHOWN, lines - rows - COMPACT_LINES) if is_compact and lines else 0
        latest = list(self.decisions)[-max(1, room or DECISIONS_SHOWN) :]
        told = Text("\n".join(latest) or "–", no_wrap=True, overflow="ellipsis")
        tables = [self._queues(), self._agents()]
        if is_compact:
            for table in tables:
                table.title, table.box, table.padding = None, None, (0, 1, 0, 0)
                table.pad_edge = False
            return Group(*tables, Text("latest decisions", style="bold"), told, Text(self.note))
        panel = Panel(told, title="latest decisions", height=DECISIONS_SHOWN + 2)
        return Group(*tables, panel, Text(self.note))

    def _totals(self) -> list[analytics_service_pb2.QueueNumbers]:
        """The queues over all channels."""
        unspecified = common_pb2.CHANNEL_UNSPECIFIED
        return [queue for queue in self.numbers.queues if queue.channel == unspecified]

    def _queues(self) -> Table:
        table = Table(title="queues", expand=True)
        for name in ("queue", "entered", "waiting", "longest wait", "answered", "abandoned"):
            table.add_column(name, justify="left" if name == "queue" else "right", no_wrap=True)
        table.add_column("service level", justify="right", no_wrap=True)
        table.add_column("ASA", justify="right", no_wrap=True)
        for queue in self._totals():
            level = queue.service_level
            told = f"{level.lower:.0%}–{level.upper:.0%}"
            if level.cohort and abs(level.upper - level.lower) < 0.005:
                told = f"{level.lower:.0%}"
            table.add_row(
                queue.queue,
                str(queue.entered),
                str(queue.waiting),
                f"{self._longest(queue):.1f} s",
                str(queue.exits.get("answered", 0)),
                str(queue.exits.get("abandoned", 0)),
                f"{told} in {level.target_seconds:.0f} s" if level.cohort else "–",
                f"{queue.asa_seconds:.1f} s",
            )
        return table

    def _longest(self, queue: analytics_service_pb2.QueueNumbers) -> float:
        if not queue.waiting or not queue.HasField("oldest_entered_at"):
            return 0.0
        return max(0.0, time.time() - queue.oldest_entered_at.ToNanoseconds() / 1e9)

    def _agents(self) -> Table:
        table = Table(title="agents", expand=True)
        for name in ("agent", "state", "load", "handled", "occupancy", "offers"):
            table.add_column(name, no_wrap=name != "offers")
        for agent in self.numbers.agents:
            load = ", ".join(
                f"{load.contacts + load.offers} {channel_name(load.channel)}"
                for load in agent.loads
                if load.contacts + load.offers
            )
            offers = ", ".join(f"{name} {n}" for name, n in sorted(agent.offers.items()) if n)
            table.add_row(
                agent.agent_id,
                agent.state,
                load or "–",
                str(agent.handled),
                f"{agent.occupancy:.0%}",
                Text(offers, no_wrap=True, overflow="ellipsis"),
            )
        return table
