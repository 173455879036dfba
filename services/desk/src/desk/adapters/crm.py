"""Asking crm who the customer is and what was said."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import grpc
import grpc.aio

from desk.adapters.codec.crm import CrmCalls, card_of
from desk.domain.events import Card
from desk.domain.messages import Message
from desk.handlers.ports import Away, NotThere

LAST_CONTACTS = 5


class CrmCustomers:
    """Every question has a short deadline; whatever goes wrong with crm is that it is away."""

    def __init__(self, calls: CrmCalls, *, max_messages: int) -> None:
        self._calls = calls
        self._max_messages = max_messages

    async def card(self, workspace: str, customer_id: str) -> Card:
        """Who the customer is and their last contacts."""
        with _named_errors():
            customer, last_contacts = await asyncio.gather(
                self._calls.customer(workspace, customer_id),
                self._calls.last_contacts(workspace, customer_id, LAST_CONTACTS),
            )
        return card_of(customer, last_contacts)

    async def conversation(self, workspace: str, conversation_id: str) -> Sequence[Message]:
        """What crm has of the conversation; one more than is shown, to know whether it is all."""
        try:
            with _named_errors():
                return await self._calls.conversation(
                    workspace, conversation_id, self._max_messages + 1
                )
        except NotThere:
            return ()


@contextmanager
def _named_errors() -> Iterator[None]:
    try:
        yield
    except grpc.aio.AioRpcError as error:
        if error.code() is grpc.StatusCode.NOT_FOUND:
            raise NotThere("crm knows nothing of it") from error
        raise Away(f"crm: {error.code().name}") from error
