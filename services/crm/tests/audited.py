"""People at crm's door, the sealed log of what they did, and the command that reads it."""

import asyncio
import os
import sys

import grpc
import pytest

from chassis.security import development_token
from contact_center.v1 import audit_events_pb2, customer_service_pb2_grpc
from crm.adapters.audit_reader import everything

PHONE = "+4930123456"
SERVICE = "/contact_center.v1.CustomerService"
EVENTS, LOG = "audit-events.v1", "audit-log.v1"


async def a_customer(crm, log) -> str:
    await log.lease(crm)
    await log.arrived("c1", log.address("phone", PHONE))
    return (await log.customer_of("c1")).customer_id


class Person:
    """Somebody with one role in the workspace of the test, at crm's door."""

    def __init__(self, settings, workspace, role, name) -> None:
        self.token = development_token(role, name, workspace)
        self.address = f"127.0.0.1:{settings.grpc_port}"

    async def ask(self, method, request, **more):
        given = (("authorization", f"Bearer {self.token}"), *more.items())
        async with grpc.aio.insecure_channel(self.address) as channel:
            stub = customer_service_pb2_grpc.CustomerServiceStub(channel)
            return await getattr(stub, method)(request, metadata=given, timeout=20)

    async def is_refused(self, method, request) -> str:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await self.ask(method, request)
        return caught.value.code().name


async def sealed(settings, workspace) -> list[audit_events_pb2.AuditEvent]:
    links = [
        audit_events_pb2.SealedAuditEvent.FromString(record.value)
        async for record in everything(settings, LOG)
    ]
    return [
        audit_events_pb2.AuditEvent.FromString(link.event)
        for link in links
        if link.workspace == workspace
    ]


async def command(settings, *arguments) -> tuple[int, str, str]:
    """The real command, as its user calls it."""
    environment = {
        **os.environ,
        "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
        "TOPIC_PREFIX": settings.topic_prefix,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "local_stack.cli", "audit", *arguments, env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 90)
    return process.returncode, out.decode(), err.decode()
