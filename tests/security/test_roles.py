"""Each cell of docs/roles.md at the real services, by TLS: who may call what, and who may not."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import grpc.aio
import pytest

from local_stack.stack import Stack
from local_stack.tokens import Tokens
from tests.security.fortress import Fortress
from tests.security.methods import CONTRACTS, METHODS, ROLES, SERVED_BY, answer

IDS = [f"{method.service}.{method.name}" for method in METHODS]


@pytest.fixture
async def channels(stack: Stack, servers: Fortress) -> AsyncIterator[dict[str, grpc.aio.Channel]]:
    """One to each service, with a certificate for those that want one."""
    opened = {
        service: grpc.aio.secure_channel(
            stack.address(f"{service}.GRPC_PORT"), servers.client_credentials
        )
        for service in set(SERVED_BY.values())
    }
    yield opened
    for channel in opened.values():
        await channel.close()


def test_the_page_is_what_the_contracts_say():
    assert CONTRACTS.PAGE.read_text() == CONTRACTS.page(), "run make proto"


def test_every_method_says_its_roles_and_its_audit_and_is_served():
    assert all(method.roles and method.audit for method in METHODS)
    assert {method.service for method in METHODS} == SERVED_BY.keys()


def test_who_may_read_nothing_personal_is_let_in_only_where_nothing_is_given_out():
    """`access.proto` says it of these roles."""
    for method in METHODS:
        if {"analyst", "admin"} & method.roles:
            assert method.audit == "only refusals", method.path


@pytest.mark.parametrize("method", METHODS, ids=IDS)
async def test_each_role_may_what_the_page_says(
    method: Any, stack: Stack, channels: dict[str, grpc.aio.Channel]
):
    tokens = Tokens(stack.environment())
    channel = channels[SERVED_BY[method.service]]
    asked = [answer(channel, method, tokens.of(role, "somebody"), "main") for role in ROLES]
    told = dict(zip(ROLES, await asyncio.gather(*asked), strict=True))

    refused = {role for role, code in told.items() if code == "PERMISSION_DENIED role"}
    assert refused == set(ROLES) - method.roles, told
    assert not [code for code in told.values() if code.startswith("UNAUTH")], told
    assert await answer(channel, method, "", "main") == "UNAUTHENTICATED missing"
    assert await answer(channel, method, "a.b.c", "main") == "UNAUTHENTICATED malformed"


@pytest.mark.parametrize("method", METHODS, ids=IDS)
async def test_no_person_of_another_workspace_is_let_in(
    method: Any, stack: Stack, channels: dict[str, grpc.aio.Channel]
):
    if method.descriptor.client_streaming:
        pytest.skip("the workspace comes with its first message: tests/e2e/test_zzz_workspaces.py")
    tokens = Tokens(stack.environment())
    people = method.roles - {"service"} or {"service"}
    for role in people:
        token = tokens.of(role, "somebody", "another") if role != "service" else ""
        code = await answer(channels[SERVED_BY[method.service]], method, token, "main")
        assert code in ("PERMISSION_DENIED workspace", "UNAUTHENTICATED missing"), role
