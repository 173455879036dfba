"""Crm on the real broker and database, and what its tests need to talk to it."""

import asyncio
import base64
import secrets
from collections.abc import AsyncIterator

import grpc.aio
import pytest
from crm.app import build
from crm.settings import CrmSettings

from chassis.rpc import GrpcChannel
from chassis.run import Lifecycle
from chassis.testing import eventually, free_port, fresh_database
from contact_center.v1 import customer_service_pb2_grpc, key_service_pb2_grpc


@pytest.fixture
async def crm_settings(
    infrastructure: object, kafka_bootstrap_servers: str, topic_prefix: str, tmp_path: object
) -> AsyncIterator[CrmSettings]:
    """Settings of a crm with an empty database of its own."""
    async with fresh_database(infrastructure.database_url) as database_url:
        yield CrmSettings(
            kafka_bootstrap_servers=kafka_bootstrap_servers,
            topic_prefix=topic_prefix,
            database_url=database_url,
            grpc_port=free_port(),
            admin_port=0,
            service_token=secrets.token_hex(16),
            address_token_secret="the secret of the tests",
            master_key=base64.b64encode(secrets.token_bytes(32)).decode(),
            instance_id="crm-test",
        )


class RunningCrm:
    """A crm at work, and stubs that speak to it."""

    def __init__(self, settings: CrmSettings, channel: grpc.aio.Channel) -> None:
        self.settings = settings
        self.keys = key_service_pb2_grpc.KeyServiceStub(channel)
        self.customers = customer_service_pb2_grpc.CustomerServiceStub(channel)


@pytest.fixture
async def crm(crm_settings: CrmSettings) -> AsyncIterator[RunningCrm]:
    async for running in started(crm_settings):
        yield running


async def started(settings: CrmSettings) -> AsyncIterator[RunningCrm]:
    life = Lifecycle(settings)
    build(settings, life)
    work = asyncio.create_task(life.run())
    await eventually(lambda: _is_ready(life, work), within=30)
    token = settings.service_token.get_secret_value()
    channel = GrpcChannel(f"127.0.0.1:{settings.grpc_port}", token)
    try:
        yield RunningCrm(settings, channel.channel)
    finally:
        await channel.stop()
        life.end()
        assert await asyncio.wait_for(work, 30) == 0


async def _is_ready(life: Lifecycle, work: "asyncio.Task[int]") -> bool:
    assert not work.done() or work.result() == 0
    return not await life.health.not_ready()
