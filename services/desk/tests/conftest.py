"""A desk on the real broker, with a scripted router and a played crm."""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from chassis.security import agent_tokens
from contact_center_agent import AgentClient
from desk.settings import DeskSettings

from .desk_stage import Stage, running_desk, stage_for
from .played_crm import PlayedCrm, played_crm
from .watched import Watched

Connect = Callable[..., AbstractAsyncContextManager[AgentClient]]


@pytest.fixture
async def crm() -> AsyncIterator[PlayedCrm]:
    async with played_crm() as crm:
        yield crm


@pytest.fixture
def settings(kafka_bootstrap_servers: str, topic_prefix: str, crm: PlayedCrm) -> DeskSettings:
    return DeskSettings(
        kafka_bootstrap_servers=kafka_bootstrap_servers,
        topic_prefix=topic_prefix,
        grpc_port=0,
        admin_port=0,
        instance_id=f"desk-{secrets.token_hex(3)}",
        key_service_address=crm.address,
        customer_service_address=crm.address,
        heartbeat_seconds=0.5,
        followed_back_seconds=30.0,
    )


@pytest.fixture
async def stage(settings: DeskSettings, crm: PlayedCrm) -> AsyncIterator[Stage]:
    async with stage_for(settings, crm) as stage:
        yield stage


@pytest.fixture
async def desk(stage: Stage) -> AsyncIterator[DeskSettings]:
    """A desk at work; its settings say where."""
    settings = stage.desk_settings()
    async with running_desk(settings):
        yield settings


@pytest.fixture
def start_desk() -> Any:
    return running_desk


@pytest.fixture
def connect() -> Connect:
    """An agent who is signed in."""

    @asynccontextmanager
    async def connected(
        *desks: DeskSettings, agent_id: str = "ana", **more: Any
    ) -> AsyncIterator[AgentClient]:
        addresses = [f"127.0.0.1:{desk.grpc_port}" for desk in desks]
        workspace = more.get("workspace") or desks[0].workspace
        tokens = agent_tokens(desks[0], agent_id, workspace)
        async with AgentClient(addresses, agent_id, token=tokens.token, **more) as agent:
            await agent.connected()
            yield agent

    return connected


@pytest.fixture
def watched() -> Watched:
    return Watched()
