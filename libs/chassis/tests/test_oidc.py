"""A real OpenID provider: its discovery, its keys, and the tokens that it gives people."""

import re
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import grpc
import grpc.aio
import oidc_provider_mock
import pytest
from aiohttp import web
from oidc_provider_mock import User
from werkzeug.serving import make_server

from chassis.errors import Unavailable
from chassis.rpc import GrpcServer
from chassis.security import DevelopmentIssuer, tokens_of, verifier_of
from chassis.security.caller import TokenRefused, caller
from chassis.settings import ServiceSettings
from chassis.telemetry import Health
from chassis.testing import eventually, running

CLIENT = "contact-center"
BACK = "http://127.0.0.1/back"


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The issuer's URL; it gives `ana` a token with the claims that we need."""
    claims = {"workspace": "w1", "roles": ["agent", "offline_access"]}
    app = oidc_provider_mock.app(
        access_token_max_age=timedelta(minutes=5), user_claims=[User(sub="ana", claims=claims)]
    )
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)


def trusting(issuer: str, **more: Any) -> ServiceSettings:
    return ServiceSettings(oidc_issuer=issuer, development_issuer_key_file=None, **more)


async def sign_in(issuer: str, name: str) -> str:
    """Go through the code flow as a browser does; the ID token."""
    asked = {"client_id": CLIENT, "redirect_uri": BACK, "response_type": "code", "scope": "openid"}
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{issuer}/.well-known/openid-configuration") as response:
            metadata = await response.json()
        async with session.post(
            metadata["authorization_endpoint"],
            params=asked,
            data={"sub": name},
            allow_redirects=False,
        ) as response:
            code = parse_qs(urlsplit(response.headers["Location"]).query)["code"][0]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
        who = aiohttp.BasicAuth(CLIENT, "any")
        async with session.post(metadata["token_endpoint"], data=form, auth=who) as response:
            return str((await response.json())["id_token"])


async def whoami(request: bytes, context: Any) -> bytes:
    known = caller()
    return f"{known.agent_id} in {known.workspace}".encode()


def add_mirror(_: Any, server: Any) -> None:
    handlers = {"Look": grpc.unary_unary_rpc_method_handler(whoami)}
    handler = grpc.method_handlers_generic_handler("tests.Mirror", handlers)
    server.add_generic_rpc_handlers((handler,))


@pytest.fixture
async def mirror(provider: str) -> AsyncIterator[grpc.aio.Channel]:
    health = Health()
    health.started()
    server = GrpcServer(
        trusting(provider), [(add_mirror, None)], health, roles=lambda _: frozenset({"agent"})
    )
    async with (
        running(server),
        grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel,
    ):
        yield channel


async def look(channel: grpc.aio.Channel, token: str) -> Any:
    given = (("authorization", f"Bearer {token}"),)
    return await channel.unary_unary("/tests.Mirror/Look")(b"", metadata=given, timeout=10)


async def test_who_signed_in_at_the_provider_gets_in(mirror: grpc.aio.Channel, provider: str):
    assert await look(mirror, await sign_in(provider, "ana")) == b"ana in w1"


async def test_who_the_provider_gave_no_role_is_known_and_not_allowed(
    mirror: grpc.aio.Channel, provider: str
):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await look(mirror, await sign_in(provider, "somebody"))

    assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_the_development_issuer_is_nobody_where_a_provider_is_trusted(
    mirror: grpc.aio.Channel, tmp_path: Any
):
    development = DevelopmentIssuer.make(tmp_path / "key.pem")
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await look(mirror, development.token("agent", "ana", "w1"))

    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_a_token_for_another_client_is_not_for_us(provider: str):
    with pytest.raises(TokenRefused, match="audience"):
        verifier = verifier_of(trusting(provider, oidc_audience="another"))
        await verifier.caller(await sign_in(provider, "ana"))


async def test_a_provider_that_calls_itself_otherwise_is_not_believed(provider: str):
    alias = provider.replace("127.0.0.1", "localhost") + "/"
    token = await sign_in(provider, "ana")
    settings = trusting(provider, oidc_jwks_url=f"{alias}not-there")
    with pytest.raises(Unavailable):
        await verifier_of(settings).caller(token)
    with pytest.raises(TokenRefused, match="issuer"):
        await verifier_of(trusting(alias)).caller(token)


def test_keys_are_not_fetched_over_an_open_wire():
    with pytest.raises(ValueError, match="https"):
        ServiceSettings(oidc_issuer="http://issuer.example.com")


class TokenEndpoint:
    """Gives a service tokens for its id and secret, which the provider above does not."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.is_away = False
        self.seconds = 3600.0

    async def metadata(self, request: web.Request) -> web.Response:
        url = f"http://{request.host}"
        return web.json_response({"issuer": url, "token_endpoint": f"{url}/token"})

    async def token(self, request: web.Request) -> web.Response:
        if self.is_away:
            return web.Response(status=503)
        form = {name: str(value) for name, value in (await request.post()).items()}
        who = aiohttp.BasicAuth.decode(request.headers["Authorization"])
        self.asked.append(form | {"user": who.login, "password": who.password})
        token = f"token-{len(self.asked)}"
        return web.json_response({"access_token": token, "expires_in": self.seconds})


@pytest.fixture
async def endpoint() -> AsyncIterator[tuple[TokenEndpoint, str]]:
    found = TokenEndpoint()
    app = web.Application()
    app.router.add_get("/.well-known/openid-configuration", found.metadata)
    app.router.add_post("/token", found.token)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield found, f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_a_service_shows_a_token_that_it_got_for_its_secret(
    endpoint: tuple[TokenEndpoint, str],
):
    asked, issuer = endpoint
    tokens = tokens_of(trusting(issuer, oidc_client_id="desk", oidc_client_secret="s"))
    first, again = await tokens.token(), await tokens.token()

    assert first == again == "token-1"
    assert asked.asked == [
        {
            "grant_type": "client_credentials",
            "audience": "contact-center",
            "user": "desk",
            "password": "s",
        }
    ]


async def test_a_worn_token_is_renewed_and_kept_while_the_issuer_is_away(
    endpoint: tuple[TokenEndpoint, str],
):
    asked, issuer = endpoint
    asked.seconds = 2.0
    tokens = tokens_of(trusting(issuer, oidc_client_id="desk", oidc_client_secret="s"))
    await tokens.token()
    asked.is_away = True

    async def is_over() -> bool:
        try:
            await tokens.token()
        except Unavailable:
            return True
        return False

    await eventually(is_over)
    asked.is_away = False

    assert re.fullmatch(r"token-\d+", await tokens.token())


async def test_a_token_file_is_read_again(tmp_path: Any, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "token"
    file.write_text("one\n")
    tokens = tokens_of(ServiceSettings(token_file=file))
    monkeypatch.setattr("chassis.security.sources.REREAD_SECONDS", 0.0)
    first = await tokens.token()
    file.write_text("two\n")

    assert (first, await tokens.token()) == ("one", "two")
