"""What is asked of crm, and its answers."""

from typing import Any

from contact_center.v1 import customer_service_pb2 as customers
from contact_center.v1 import key_service_pb2 as keys
from contact_center.v1.customer_service_pb2_grpc import CustomerServiceStub
from contact_center.v1.key_service_pb2_grpc import KeyServiceStub
from desk.adapters.codec.messages import told_message
from desk.domain.events import Card
from desk.domain.messages import Message


class CrmCalls:
    """The four questions a desk has, over a channel; errors come as the channel has them."""

    def __init__(self, channel: Any, *, timeout_seconds: float) -> None:
        self._customers: Any = CustomerServiceStub(channel)
        self._timeout_seconds = timeout_seconds

    async def customer(self, workspace: str, customer_id: str) -> object:
        """The customer's record."""
        request = customers.GetCustomerRequest(workspace=workspace, customer_id=customer_id)
        answer = await self._customers.GetCustomer(request, timeout=self._timeout_seconds)
        return answer.customer

    async def last_contacts(self, workspace: str, customer_id: str, limit: int) -> tuple[Any, ...]:
        """The newest contacts, without what was said."""
        request = customers.GetTimelineRequest(
            workspace=workspace, customer_id=customer_id, limit=limit, is_without_messages=True
        )
        answer = await self._customers.GetTimeline(request, timeout=self._timeout_seconds)
        return tuple(answer.contacts)

    async def conversation(self, workspace: str, conversation_id: str, limit: int) -> list[Message]:
        """What was said, oldest first."""
        request = customers.GetConversationRequest(
            workspace=workspace, conversation_id=conversation_id, limit=limit
        )
        answer = await self._customers.GetConversation(request, timeout=self._timeout_seconds)
        return [told_message(told) for told in answer.messages]


class KeyCalls:
    """Keys by id, over a channel."""

    def __init__(self, channel: Any, *, timeout_seconds: float) -> None:
        self._keys: Any = KeyServiceStub(channel)
        self._timeout_seconds = timeout_seconds

    async def key(self, workspace: str, key_id: str) -> bytes:
        """The key itself."""
        request = keys.GetKeyRequest(workspace=workspace, key_id=key_id)
        answer = await self._keys.GetKey(request, timeout=self._timeout_seconds)
        return bytes(answer.key.key)


def card_of(customer: object, last_contacts: tuple[Any, ...]) -> Card:
    """Who it is and what was before."""
    return Card(customer=customer, last_contacts=last_contacts)
