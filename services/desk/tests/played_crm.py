"""A crm in memory: customers, conversations and keys, on a real gRPC server; it may go away."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import grpc.aio

from contact_center.v1 import (
    customer_service_pb2,
    customer_service_pb2_grpc,
    key_service_pb2,
    key_service_pb2_grpc,
)


class PlayedCrm(
    customer_service_pb2_grpc.CustomerServiceServicer, key_service_pb2_grpc.KeyServiceServicer
):
    """Keys, customers and conversations that the test puts in; may be away."""

    def __init__(self) -> None:
        self.keys: dict[str, bytes] = {}
        self.customers: dict[str, Any] = {}
        self.timelines: dict[str, list[Any]] = {}
        self.conversations: dict[str, list[Any]] = {}
        self.is_away = False
        self.address = ""
        self.asked: list[str] = []

    def new_key(self) -> str:
        key_id = f"key-{secrets.token_hex(4)}"
        self.keys[key_id] = secrets.token_bytes(32)
        return key_id

    async def GetKey(self, request: Any, context: Any) -> Any:
        await self._answer("key", context)
        if request.key_id not in self.keys:
            await context.abort(grpc.StatusCode.NOT_FOUND, "no such key")
        found = key_service_pb2.ContactKey(key_id=request.key_id, key=self.keys[request.key_id])
        return key_service_pb2.GetKeyResponse(key=found)

    async def GetCustomer(self, request: Any, context: Any) -> Any:
        await self._answer("customer", context)
        if request.customer_id not in self.customers:
            await context.abort(grpc.StatusCode.NOT_FOUND, "nobody")
        found = self.customers[request.customer_id]
        return customer_service_pb2.GetCustomerResponse(customer=found)

    async def GetTimeline(self, request: Any, context: Any) -> Any:
        await self._answer("timeline", context)
        contacts = self.timelines.get(request.customer_id, [])
        return customer_service_pb2.GetTimelineResponse(contacts=contacts[: request.limit])

    async def GetConversation(self, request: Any, context: Any) -> Any:
        await self._answer("conversation", context)
        said = self.conversations.get(request.conversation_id, [])
        return customer_service_pb2.GetConversationResponse(messages=said[-request.limit :])

    async def _answer(self, what: str, context: Any) -> None:
        self.asked.append(what)
        if self.is_away:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "crm is away")


@asynccontextmanager
async def played_crm() -> AsyncIterator[PlayedCrm]:
    crm = PlayedCrm()
    server = grpc.aio.server()
    customer_service_pb2_grpc.add_CustomerServiceServicer_to_server(crm, server)
    key_service_pb2_grpc.add_KeyServiceServicer_to_server(crm, server)
    crm.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    yield crm
    await server.stop(None)
