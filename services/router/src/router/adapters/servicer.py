"""gRPC of the router: why a contact went where it went."""

from typing import Any

import grpc

from chassis.errors import Unavailable
from chassis.rpc import Servicer
from contact_center.v1 import audit_events_pb2, routing_service_pb2_grpc
from contact_center.v1 import routing_service_pb2 as pb
from router.adapters.explaining.asking import TooMany, Workers
from router.adapters.explaining.wire import Question, Reply
from router.handlers.partition import WORKSPACE

# What the server writes of calls.
AuditEvent = audit_events_pb2.AuditEvent

MAX_ID_LENGTH = 200
NO_WORKSPACE = "workspace is no name of one: letters, digits, '_', '.', '-', at most 64"


class RoutingServicer(routing_service_pb2_grpc.RoutingServiceServicer):
    """RoutingService; the answers are made in processes beside the router."""

    def __init__(self, workers: Workers, default_seconds: float) -> None:
        self._workers = workers
        self._default_seconds = default_seconds

    @property
    def served(self) -> Servicer:
        """For the gRPC server."""
        return (routing_service_pb2_grpc.add_RoutingServiceServicer_to_server, self)

    async def Explain(self, request: pb.ExplainRequest, context: Any) -> pb.ExplainResponse:
        """Every decision about the contact that is still kept."""
        wrong = _wrong(request)
        if wrong:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, wrong)
        body = await self._ask(Question.EXPLAIN, request, context)
        return pb.ExplainResponse.FromString(body)

    async def ListRecentContacts(
        self, request: pb.ListRecentContactsRequest, context: Any
    ) -> pb.ListRecentContactsResponse:
        """Whom to ask about."""
        if not WORKSPACE.fullmatch(request.workspace):
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, NO_WORKSPACE)
        body = await self._ask(Question.RECENT, request, context)
        return pb.ListRecentContactsResponse.FromString(body)

    async def _ask(self, question: Question, request: Any, context: Any) -> bytes:
        seconds = context.time_remaining() or self._default_seconds
        try:
            reply, body = await self._workers.ask(question, request.SerializeToString(), seconds)
        except TooMany as error:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, str(error))
        if reply is Reply.NOT_FOUND:
            await context.abort(grpc.StatusCode.NOT_FOUND, body.decode())
        if reply is Reply.UNAVAILABLE:
            raise Unavailable(body.decode())
        return body


def _wrong(request: pb.ExplainRequest) -> str:
    if not WORKSPACE.fullmatch(request.workspace):
        return NO_WORKSPACE
    if not 0 < len(request.contact_id) <= MAX_ID_LENGTH:
        return f"contact_id must have 1 to {MAX_ID_LENGTH} characters"
    if request.step_number and not request.full_list:
        return "step_number goes with full_list"
    for name in ("since", "until"):
        if request.HasField(name) and getattr(request, name).ToMilliseconds() <= 0:
            return f"{name} is no instant"
    return ""
