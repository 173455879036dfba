"""gRPC of the numbers: as they are, and whenever they change."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc

from analytics import metrics
from analytics.adapters.codec import MAX_ID_LENGTH, numbers_message
from analytics.handlers import Board
from analytics.settings import AnalyticsSettings
from chassis.rpc import Servicer
from contact_center.v1 import analytics_service_pb2 as pb
from contact_center.v1 import analytics_service_pb2_grpc, audit_events_pb2

# What the server writes of calls.
AuditEvent = audit_events_pb2.AuditEvent

DEFAULT_INTERVAL_MILLISECONDS = 200
AT_LEAST_EVERY_SECONDS = 5.0


class AnalyticsServicer(analytics_service_pb2_grpc.AnalyticsServiceServicer):
    """AnalyticsService; a workspace without a step yet has no queues."""

    def __init__(self, settings: AnalyticsSettings, board: Board) -> None:
        self._settings = settings
        self._board = board
        self._watches = 0
        self._encoded: dict[str, tuple[int, pb.WorkspaceNumbers]] = {}

    @property
    def served(self) -> Servicer:
        """For the gRPC server."""
        return (analytics_service_pb2_grpc.add_AnalyticsServiceServicer_to_server, self)

    async def GetQueues(self, request: pb.GetQueuesRequest, context: Any) -> pb.GetQueuesResponse:
        """The numbers as of the last step."""
        await _check_workspace(request.workspace, context)
        return pb.GetQueuesResponse(numbers=self._numbers(request.workspace))

    async def WatchQueues(
        self, request: pb.WatchQueuesRequest, context: Any
    ) -> AsyncIterator[pb.WatchQueuesResponse]:
        """At once, then on a change, at most every interval, and at least every 5 s."""
        await _check_workspace(request.workspace, context)
        if self._watches >= self._settings.max_watches:
            why = f"{self._watches} boards are watched already"
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, why)
        interval = self._interval_seconds(request.interval_milliseconds)
        self._watches += 1
        metrics.WATCHES.inc()
        try:
            while not self._board.is_closed:
                seen = self._board.revision(request.workspace)
                yield pb.WatchQueuesResponse(numbers=self._numbers(request.workspace))
                await asyncio.sleep(interval)
                within = AT_LEAST_EVERY_SECONDS - interval
                await self._board.changed(request.workspace, seen, within)
        finally:
            self._watches -= 1
            metrics.WATCHES.dec()

    def _interval_seconds(self, asked_milliseconds: int) -> float:
        milliseconds = max(
            asked_milliseconds or DEFAULT_INTERVAL_MILLISECONDS,
            self._settings.shortest_interval_milliseconds,
        )
        return min(milliseconds / 1000, AT_LEAST_EVERY_SECONDS)

    def _numbers(self, workspace: str) -> pb.WorkspaceNumbers:
        """One message for all who ask about the same revision."""
        revision = self._board.revision(workspace)
        known = self._encoded.get(workspace)
        if known is not None and known[0] == revision:
            return known[1]
        message = numbers_message(self._board.numbers(workspace))
        if revision:
            self._encoded[workspace] = (revision, message)
        return message


async def _check_workspace(workspace: str, context: Any) -> None:
    if not workspace or len(workspace) > MAX_ID_LENGTH:
        why = f"workspace must have 1 to {MAX_ID_LENGTH} characters"
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT, why)
