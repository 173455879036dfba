"""Keycloak as people run it: its tokens of every role at every method of the real services.

Whole processes trust the realm by OIDC_ISSUER alone, and get their own tokens from it.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest

from chassis.security import tokens_of
from chassis.settings import ServiceSettings
from chassis.testing import eventually
from contact_center.v1 import analytics_service_pb2, analytics_service_pb2_grpc
from local_stack.home import home
from local_stack.run_folders import run_folder
from local_stack.stack import Stack, without_servers
from tests.security.keycloak import PEOPLE, Keycloak, NotHere, keycloak
from tests.security.methods import METHODS, SERVED_BY, answer

# It takes half a minute to start, and many where others use the machine.
pytestmark = [pytest.mark.full, pytest.mark.timeout(1500)]
SERVICES = ("crm", "router", "desk", "analytics")
IDS = [f"{method.service}.{method.name}" for method in METHODS]


class _OnlyKeycloak(Stack):
    """Its services know nothing of a development issuer."""

    def _environment_of(self, instance: str) -> dict[str, str]:
        told = super()._environment_of(instance)
        return {k: v for k, v in told.items() if k != "DEVELOPMENT_ISSUER_KEY_FILE"}


@pytest.fixture(scope="module")
def provider() -> Iterator[Keycloak]:
    try:
        with keycloak() as found:
            yield found
    except NotHere as error:
        pytest.skip(f"NO KEYCLOAK HERE: {error}")


def trust(provider: Keycloak) -> dict[str, str]:
    return {
        "OIDC_ISSUER": provider.issuer,
        "OIDC_AGENT_CLAIM": "agent_id",
        "OIDC_CLIENT_ID": "desk",
        "OIDC_CLIENT_SECRET": provider.client_secret,
        "OIDC_LEEWAY_SECONDS": "0",
    }


@pytest.fixture(scope="module")
def own_stack(provider: Keycloak) -> Iterator[Stack]:
    settings = {service: trust(provider) for service in SERVICES}
    with (
        run_folder(home()) as data,
        _OnlyKeycloak(
            Path(data), environ=without_servers(), services=SERVICES, settings=settings,
            topic_prefix="",
        ) as found,
    ):  # fmt: skip
        yield found


@pytest.fixture
async def channels(own_stack: Stack) -> AsyncIterator[dict[str, grpc.aio.Channel]]:
    opened = {
        service: grpc.aio.insecure_channel(own_stack.address(f"{service}.GRPC_PORT"))
        for service in SERVICES
    }
    yield opened
    for channel in opened.values():
        await channel.close()


@pytest.mark.parametrize("method", METHODS, ids=IDS)
async def test_tokens_of_every_role_open_what_the_contract_says(
    method: Any, provider: Keycloak, channels: dict[str, grpc.aio.Channel]
):
    channel = channels[SERVED_BY[method.service]]
    tokens = {role: await person(provider, role) for role in PEOPLE}
    tokens["service"] = await service(provider)
    asked = [answer(channel, method, token, "left") for token in tokens.values()]
    told = dict(zip(tokens, await asyncio.gather(*asked), strict=True))

    refused = {role for role, code in told.items() if code == "PERMISSION_DENIED role"}
    assert refused == told.keys() - method.roles, told
    assert not [code for code in told.values() if code.startswith("UNAUTH")], told


@pytest.mark.parametrize("method", METHODS, ids=IDS)
async def test_a_person_of_another_workspace_is_refused(
    method: Any, provider: Keycloak, channels: dict[str, grpc.aio.Channel]
):
    if method.descriptor.client_streaming or not method.roles & set(PEOPLE):
        pytest.skip("no workspace in its first request, or for services only")
    channel = channels[SERVED_BY[method.service]]
    role = sorted(method.roles & set(PEOPLE))[0]
    token = await person(provider, role, "right")

    assert await answer(channel, method, token, "left") == "PERMISSION_DENIED workspace"
    assert not (await answer(channel, method, token, "right")).startswith("PERMISSION")


async def test_what_keycloak_signed_for_others_or_somebody_changed_is_refused(
    provider: Keycloak, channels: dict[str, grpc.aio.Channel]
):
    method = METHODS[IDS.index("AnalyticsService.GetQueues")]
    good = await person(provider, "analyst")
    head, claims, signature = good.split(".")
    forged = json.loads(decoded(claims)) | {"workspace": "right", "roles": ["service"]}
    none = encoded(json.dumps({"alg": "none"}).encode())
    for_itself = await asyncio.to_thread(provider.refresh_token, "analyst", "left")
    for_others = await asyncio.to_thread(provider.of_person, "analyst", "left", "intranet")
    changed = f"{head}.{encoded(json.dumps(forged).encode())}.{signature}"

    async def told(token: str) -> str:
        return await answer(channels["analytics"], method, token, "left")

    assert await told(good) == "OK"
    # A token for another program says no audience at all.
    assert await told(for_others) == "UNAUTHENTICATED claims"
    assert await told(changed) == "UNAUTHENTICATED signature"
    assert await told(f"{none}.{claims}.") == "UNAUTHENTICATED algorithm"
    # HS512, with a secret that only Keycloak has.
    assert await told(for_itself) == "UNAUTHENTICATED algorithm"


async def test_a_stream_ends_with_the_token_and_an_old_token_opens_nothing(
    provider: Keycloak, channels: dict[str, grpc.aio.Channel]
):
    token = await asyncio.to_thread(provider.of_person, "supervisor", "left", "visitors")
    stub = analytics_service_pb2_grpc.AnalyticsServiceStub(channels["analytics"])
    request = analytics_service_pb2.WatchQueuesRequest(workspace="left")
    given = (("authorization", f"Bearer {token}"),)
    heard = 0
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async for _ in stub.WatchQueues(request, metadata=given, timeout=60):
            heard += 1

    assert heard
    assert caught.value.details() == "a valid token is needed: expired_in_stream"
    method = METHODS[IDS.index("AnalyticsService.GetQueues")]
    assert await answer(channels["analytics"], method, token, "left") == "UNAUTHENTICATED expired"


async def test_a_service_gets_new_tokens_before_the_old_ones_are_over(
    provider: Keycloak, channels: dict[str, grpc.aio.Channel]
):
    told = {name.lower(): value for name, value in trust(provider).items()}
    source = tokens_of(ServiceSettings(**told, development_issuer_key_file=None))
    method = METHODS[IDS.index("CustomerService.GetCustomer")]
    first = await source.token()

    async def is_another() -> bool:
        return await source.token() != first

    await eventually(is_another, within=40)
    code = await answer(channels["crm"], method, await source.token(), "left")
    assert code == "INVALID_ARGUMENT"


async def test_a_key_that_keycloak_begins_to_use_is_fetched_without_a_restart(
    provider: Keycloak, channels: dict[str, grpc.aio.Channel]
):
    before = await person(provider, "analyst")
    await asyncio.to_thread(provider.rotate_keys)
    method = METHODS[IDS.index("AnalyticsService.GetQueues")]

    async def opens() -> bool:
        after = await person(provider, "analyst")
        assert key_of(after) != key_of(before)
        return await answer(channels["analytics"], method, after, "left") == "OK"

    # An unknown key id makes the service ask at most every ten seconds.
    await eventually(opens, within=40)


async def person(provider: Keycloak, role: str, workspace: str = "left") -> str:
    return await asyncio.to_thread(provider.of_person, role, workspace)


async def service(provider: Keycloak) -> str:
    return await asyncio.to_thread(provider.of_service)


def key_of(token: str) -> str:
    return str(json.loads(decoded(token.split(".")[0]))["kid"])


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
