"""gRPC of the customers: who they are, what was said."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc

from chassis.rpc import Servicer
from contact_center.v1 import customer_service_pb2 as pb
from contact_center.v1 import customer_service_pb2_grpc
from crm.adapters.change_feed import ChangeFeed, TooManyWatches
from crm.adapters.codec.answers import contact_message, customer_message, said_messages
from crm.adapters.customer_directory import CustomerDirectory
from crm.adapters.questions import (
    Questions,
    checked_id,
    checked_limit,
    checked_name,
    checked_tier,
)
from crm.adapters.timeline_reader import TimelineReader
from crm.domain.customers import AddressTaken, CrmError, InvalidQuestion, NotFound
from crm.domain.views import ContactView

DEFAULT_CONTACTS, MAX_CONTACTS = 20, 200
DEFAULT_MESSAGES, MAX_MESSAGES = 200, 1000
# Below the largest message of gRPC: what would not fit is left off at the old end.
MAX_ANSWER_BYTES = 3_500_000
CODES: dict[type[CrmError], grpc.StatusCode] = {
    InvalidQuestion: grpc.StatusCode.INVALID_ARGUMENT,
    NotFound: grpc.StatusCode.NOT_FOUND,
    AddressTaken: grpc.StatusCode.ALREADY_EXISTS,
    TooManyWatches: grpc.StatusCode.RESOURCE_EXHAUSTED,
}


class CustomerServicer(customer_service_pb2_grpc.CustomerServiceServicer):
    """CustomerService; the chassis lets in only those whom the contract names."""

    def __init__(
        self,
        directory: CustomerDirectory,
        timeline: TimelineReader,
        feed: ChangeFeed,
        questions: Questions,
    ) -> None:
        self._directory = directory
        self._timeline = timeline
        self._feed = feed
        self._questions = questions

    @property
    def served(self) -> Servicer:
        """For the gRPC server."""
        return (customer_service_pb2_grpc.add_CustomerServiceServicer_to_server, self)

    async def GetCustomer(
        self, request: pb.GetCustomerRequest, context: Any
    ) -> pb.GetCustomerResponse:
        """The customer who is left of that id."""
        async with _refusals(context):
            customer = await self._directory.get(*_customer_of(request))
        return pb.GetCustomerResponse(customer=customer_message(customer))

    async def FindCustomer(
        self, request: pb.FindCustomerRequest, context: Any
    ) -> pb.FindCustomerResponse:
        """The customer who has the address."""
        async with _refusals(context):
            workspace = checked_id(request.workspace, "workspace")
            _, token = self._questions.address(request.kind, request.address)
            customer = await self._directory.find(workspace, request.kind, token)
        return pb.FindCustomerResponse(customer=customer_message(customer))

    async def GetTimeline(
        self, request: pb.GetTimelineRequest, context: Any
    ) -> pb.GetTimelineResponse:
        """The newest contacts, newest first."""
        async with _refusals(context):
            workspace, customer_id = _customer_of(request)
            limit = checked_limit(request.limit, DEFAULT_CONTACTS, MAX_CONTACTS)
            survivor = await self._directory.survivor(workspace, customer_id)
            contacts = await self._timeline.contacts(
                workspace, survivor, limit, with_messages=not request.is_without_messages
            )
        response = pb.GetTimelineResponse()
        room = MAX_ANSWER_BYTES
        for contact in contacts:
            message = _fitting(contact)
            room -= message.ByteSize()
            if room < 0:
                break
            response.contacts.append(message)
        return response

    async def WatchTimeline(
        self, request: pb.WatchTimelineRequest, context: Any
    ) -> AsyncIterator[pb.WatchTimelineResponse]:
        """All that is there, then each contact again whenever it changed."""
        async with _refusals(context):
            workspace, customer_id = _customer_of(request)
            survivor = await self._directory.survivor(workspace, customer_id)
            with self._feed.watch(workspace, survivor) as watch:
                changed: list[str] | None = None
                is_caught_up = False
                while not watch.is_closed:
                    if changed is None:
                        watch.customer_id = await self._directory.survivor(workspace, survivor)
                    for contact in await self._timeline.contacts(
                        workspace, watch.customer_id, MAX_CONTACTS, only=changed
                    ):
                        yield pb.WatchTimelineResponse(contact=_fitting(contact))
                    if not is_caught_up:
                        is_caught_up = True
                        yield pb.WatchTimelineResponse(is_caught_up=True)
                    changed = await watch.changed()

    async def GetConversation(
        self, request: pb.GetConversationRequest, context: Any
    ) -> pb.GetConversationResponse:
        """The newest messages, oldest first."""
        async with _refusals(context):
            messages = await self._timeline.conversation(
                checked_id(request.workspace, "workspace"),
                checked_id(request.conversation_id, "conversation_id"),
                checked_limit(request.limit, DEFAULT_MESSAGES, MAX_MESSAGES),
            )
        response = pb.GetConversationResponse(messages=said_messages(messages))
        while response.ByteSize() > MAX_ANSWER_BYTES:
            del response.messages[: max(1, len(response.messages) // 4)]
        return response

    async def LinkCustomers(
        self, request: pb.LinkCustomersRequest, context: Any
    ) -> pb.LinkCustomersResponse:
        """One customer of two; the first one is left."""
        async with _refusals(context):
            workspace, customer_id = _customer_of(request)
            other = checked_id(request.other_customer_id, "other_customer_id")
            customer = await self._directory.link(workspace, customer_id, other)
        return pb.LinkCustomersResponse(customer=customer_message(customer))

    async def AddIdentity(
        self, request: pb.AddIdentityRequest, context: Any
    ) -> pb.AddIdentityResponse:
        """The customer with one more address."""
        async with _refusals(context):
            workspace, customer_id = _customer_of(request)
            address, token = self._questions.address(request.kind, request.address)
            customer = await self._directory.add_identity(
                workspace, customer_id, request.kind, token, address
            )
        return pb.AddIdentityResponse(customer=customer_message(customer))

    async def UpdateCustomer(
        self, request: pb.UpdateCustomerRequest, context: Any
    ) -> pb.UpdateCustomerResponse:
        """The customer with what was changed."""
        async with _refusals(context):
            workspace, customer_id = _customer_of(request)
            name = checked_name(request.name) if request.HasField("name") else None
            tier = checked_tier(request.tier) if request.HasField("tier") else None
            customer = await self._directory.update(workspace, customer_id, name, tier)
        return pb.UpdateCustomerResponse(customer=customer_message(customer))


def _customer_of(request: Any) -> tuple[str, str]:
    return (
        checked_id(request.workspace, "workspace"),
        checked_id(request.customer_id, "customer_id"),
    )


def _fitting(contact: ContactView) -> pb.TimelineContact:
    """The contact, without its oldest messages where they would be too much for one answer."""
    message = contact_message(contact)
    while message.ByteSize() > MAX_ANSWER_BYTES and message.messages:
        del message.messages[: max(1, len(message.messages) // 4)]
    return message


@asynccontextmanager
async def _refusals(context: Any) -> AsyncIterator[None]:
    """Errors of the domain as the codes that the contract names."""
    try:
        yield
    except CrmError as error:
        code = CODES.get(type(error), grpc.StatusCode.INTERNAL)
        await context.abort(code, str(error))
