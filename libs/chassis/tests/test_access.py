"""Who gets in: every way in which a token may be wrong, at a real gRPC server."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grpc
import grpc.aio
import jwt
import pytest
from prometheus_client import REGISTRY

from chassis.errors import Unavailable
from chassis.rpc.access import Access
from chassis.rpc.interceptors import Guard
from chassis.security import DevelopmentIssuer, TokenVerifier, caller
from chassis.security.caller import TokenRefused
from chassis.security.claims import ClaimNames
from chassis.security.keys import FetchedKeys
from chassis.testing import eventually

from .tokens import AUDIENCE, ISSUER, TestIssuer

ROLES = {
    "/tests.Door/Knock": frozenset({"agent", "service"}),
    "/tests.Door/Stay": frozenset({"agent"}),
}
UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED
DENIED = grpc.StatusCode.PERMISSION_DENIED
HOUR = 3600


@pytest.fixture(scope="module")
def issuer() -> TestIssuer:
    return TestIssuer()


def verifier(issuer: TestIssuer, **names: str) -> TokenVerifier:
    keys = FetchedKeys(issuer.jwks)
    return TokenVerifier({ISSUER: keys}, AUDIENCE, ClaimNames(**names))


async def knock(request: SimpleNamespace, context: Any) -> bytes:
    return f"{caller().subject} in {request.workspace}".encode()


async def stay(request: SimpleNamespace, context: Any) -> AsyncIterator[bytes]:
    while True:
        yield b"still here"
        await asyncio.sleep(0.05)


@pytest.fixture
async def door(issuer: TestIssuer) -> AsyncIterator[grpc.aio.Channel]:
    server = grpc.aio.server(interceptors=[Guard(5.0), Access(verifier(issuer), ROLES)])

    def read(content: bytes) -> SimpleNamespace:
        return SimpleNamespace(workspace=content.decode())

    handlers = {
        "Knock": grpc.unary_unary_rpc_method_handler(knock, request_deserializer=read),
        "Stay": grpc.unary_stream_rpc_method_handler(stay, request_deserializer=read),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("tests.Door", handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel
    await server.stop(None)


async def ask(channel: grpc.aio.Channel, token: str | None, workspace: bytes = b"w1") -> Any:
    given = [("authorization", f"Bearer {token}")] if token is not None else []
    return await channel.unary_unary("/tests.Door/Knock")(workspace, metadata=given, timeout=10)


def refused(reason: str) -> float:
    return REGISTRY.get_sample_value("grpc_server_refused_total", {"reason": reason}) or 0.0


@pytest.mark.parametrize("made", [{"alg": "RS256"}, {"alg": "ES256", "kid": "e1"}])
async def test_a_good_token_opens(door: grpc.aio.Channel, issuer: TestIssuer, made: dict[str, str]):
    key = issuer.ec if made["alg"] == "ES256" else issuer.rsa

    assert await ask(door, issuer.token(key=key, **made)) == b"ana in w1"


Make = Callable[[TestIssuer], str | None]
NEGATIVES: list[tuple[str, grpc.StatusCode, Make]] = [
    ("missing", UNAUTHENTICATED, lambda i: None),
    ("missing", UNAUTHENTICATED, lambda i: ""),
    ("malformed", UNAUTHENTICATED, lambda i: "x"),
    ("malformed", UNAUTHENTICATED, lambda i: "a.b.c"),
    ("algorithm", UNAUTHENTICATED, lambda i: i.signed_by_hand({"alg": "none", "kid": "r1"}, b"")),
    ("algorithm", UNAUTHENTICATED, lambda i: i.signed_by_hand({"alg": "None", "kid": "r1"}, b"")),
    (
        "algorithm",
        UNAUTHENTICATED,
        lambda i: i.signed_by_hand({"alg": "HS256", "kid": "r1"}, i.public_pem()),
    ),
    ("algorithm", UNAUTHENTICATED, lambda i: i.token(alg="RS512")),
    ("algorithm", UNAUTHENTICATED, lambda i: i.token(alg="PS256")),
    ("algorithm", UNAUTHENTICATED, lambda i: i.token(alg="RS256", kid="e1")),
    ("algorithm", UNAUTHENTICATED, lambda i: i.token(key=i.ec, alg="ES256", kid="r1")),
    ("algorithm", UNAUTHENTICATED, lambda i: i.token(key=i.p384, alg="ES384", kid="e384")),
    ("algorithm", UNAUTHENTICATED, lambda i: i.on_another_curve()),
    ("unknown_key", UNAUTHENTICATED, lambda i: i.token(kid="")),
    ("unknown_key", UNAUTHENTICATED, lambda i: i.token(kid="enc")),
    ("unknown_key", UNAUTHENTICATED, lambda i: i.token(kid="../../etc/passwd")),
    # Who brings a key along, or says where one is, is not asked for it.
    ("signature", UNAUTHENTICATED, lambda i: _with_its_own_key({})),
    ("signature", UNAUTHENTICATED, lambda i: _with_its_own_key({"jku": "https://evil.test/jwks"})),
    ("signature", UNAUTHENTICATED, lambda i: _with_its_own_key({"x5u": "https://evil.test/x"})),
    ("malformed", UNAUTHENTICATED, lambda i: i.token(header={"crit": ["exp"]})),
    ("malformed", UNAUTHENTICATED, lambda i: i.token() + ".a.b"),
    ("malformed", UNAUTHENTICATED, lambda i: f"{i.token()} {i.token()}"),
    ("unknown_key", UNAUTHENTICATED, lambda i: i.token(kid="another")),
    ("weak_key", UNAUTHENTICATED, lambda i: i.token(key=i.weak, kid="weak")),
    ("signature", UNAUTHENTICATED, lambda i: TestIssuer().token()),
    ("signature", UNAUTHENTICATED, lambda i: i.token()[:-8] + "AAAAAAAA"),
    ("signature", UNAUTHENTICATED, lambda i: _with_another_payload(i)),
    ("issuer", UNAUTHENTICATED, lambda i: i.token(iss="https://another.test")),
    ("issuer", UNAUTHENTICATED, lambda i: i.token(iss=None)),
    ("audience", UNAUTHENTICATED, lambda i: i.token(aud="another")),
    ("claims", UNAUTHENTICATED, lambda i: i.token(aud=None)),
    ("claims", UNAUTHENTICATED, lambda i: i.token(exp=None)),
    ("audience", UNAUTHENTICATED, lambda i: i.token(aud=["another", "third"])),
    ("claims", UNAUTHENTICATED, lambda i: i.token(sub=None)),
    ("claims", UNAUTHENTICATED, lambda i: i.token(sub="")),
    ("claims", UNAUTHENTICATED, lambda i: i.token(sub="s" * 201)),
    ("malformed", UNAUTHENTICATED, lambda i: i.token(sub=7)),
    ("malformed", UNAUTHENTICATED, lambda i: i.token(exp="soon")),
    ("malformed", UNAUTHENTICATED, lambda i: i.token(exp=float("inf"))),
    ("malformed", UNAUTHENTICATED, lambda i: i.token(nbf="then")),
    ("claims", UNAUTHENTICATED, lambda i: i.token(roles=["agent", 7])),
    ("claims", UNAUTHENTICATED, lambda i: i.token(workspace=["w1", "w2"])),
    ("claims", UNAUTHENTICATED, lambda i: i.token(roles={"agent": True})),
    ("expired", UNAUTHENTICATED, lambda i: i.token(exp=int(time.time()) - 5)),
    ("not_yet_valid", UNAUTHENTICATED, lambda i: i.token(nbf=int(time.time()) + HOUR)),
    ("not_yet_valid", UNAUTHENTICATED, lambda i: i.token(iat=int(time.time()) + HOUR)),
    ("role", DENIED, lambda i: i.token(roles=[])),
    ("role", DENIED, lambda i: i.token(roles=None)),
    ("role", DENIED, lambda i: i.token(roles=["Agent", "supervisor", "offline_access"])),
    ("workspace", DENIED, lambda i: i.token(workspace="w2")),
    ("workspace", DENIED, lambda i: i.token(workspace=None)),
    ("workspace", DENIED, lambda i: i.token(workspace="*")),
    ("workspace", DENIED, lambda i: i.token(workspace="*", roles=["service", "agent"])),
]


@pytest.mark.parametrize(("reason", "code", "make"), NEGATIVES)
async def test_a_wrong_token_is_refused_counted_and_never_logged(
    door: grpc.aio.Channel,
    issuer: TestIssuer,
    caplog: pytest.LogCaptureFixture,
    reason: str,
    code: grpc.StatusCode,
    make: Make,
):
    caplog.set_level(logging.DEBUG)
    token = make(issuer)
    before = refused(reason)

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await ask(door, token)

    assert (caught.value.code(), refused(reason)) == (code, before + 1)
    told = caplog.text + str(caught.value) + str([vars(record) for record in caplog.records])
    assert not token or len(token) < 10 or token not in told


def _with_its_own_key(header: dict[str, str]) -> str:
    other = TestIssuer()
    return other.token(header={"jwk": other.own_key(), **header})


def _with_another_payload(issuer: TestIssuer) -> str:
    head, _, signature = issuer.token().split(".")
    payload = jwt.encode(issuer.claims(roles=["service"]), "x" * 32, "HS256").split(".")[1]
    return f"{head}.{payload}.{signature}"


async def test_a_service_enters_every_workspace(door: grpc.aio.Channel, issuer: TestIssuer):
    token = issuer.token(sub="desk", workspace="*", roles=["service"])

    assert await ask(door, token, b"w2") == b"desk in w2"


async def test_a_stream_ends_when_its_token_expires(door: grpc.aio.Channel, issuer: TestIssuer):
    given = [("authorization", f"Bearer {issuer.token(exp=int(time.time()) + 2)}")]
    before = refused("expired_in_stream")
    stream = door.unary_stream("/tests.Door/Stay")(b"w1", metadata=given)
    heard = 0
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async for _ in stream:
            heard += 1

    assert caught.value.code() is UNAUTHENTICATED
    assert heard
    assert refused("expired_in_stream") == before + 1


async def test_a_new_key_is_fetched_and_invented_ones_cost_nothing(issuer: TestIssuer):
    keys = FetchedKeys(issuer.jwks, refetch_seconds=HOUR)
    before = issuer.fetched
    await keys.key("r1")
    for number in range(20):
        with pytest.raises(TokenRefused, match="unknown_key"):
            await keys.key(f"invented-{number}")
    eager = FetchedKeys(issuer.jwks, refetch_seconds=0.0)
    await eager.key("r1")
    with pytest.raises(TokenRefused, match="unknown_key"):
        await eager.key("not yet")

    assert issuer.fetched == before + 3


async def test_a_token_of_unusual_length_is_not_even_looked_at(issuer: TestIssuer):
    with pytest.raises(TokenRefused, match="malformed"):
        await verifier(issuer).caller(issuer.token(note="x" * 8192))


async def test_an_issuer_that_is_away_is_no_wrong_token(issuer: TestIssuer):
    async def away() -> dict[str, Any]:
        raise Unavailable("no answer")

    with pytest.raises(Unavailable):
        await FetchedKeys(away).key("r1")


async def test_known_keys_outlive_an_outage_of_their_issuer_but_not_for_ever(issuer: TestIssuer):
    is_away = False

    async def jwks() -> dict[str, Any]:
        if is_away:
            raise Unavailable("no answer")
        return await issuer.jwks()

    keys = FetchedKeys(jwks, refetch_seconds=0.0, fresh_seconds=0.0, max_age_seconds=0.3)
    await keys.key("r1")
    is_away = True
    await keys.key("r1")

    async def is_over() -> bool:
        try:
            await keys.key("r1")
        except Unavailable:
            return True
        return False

    assert await eventually(is_over)


async def test_claims_may_have_other_names_and_be_nested(issuer: TestIssuer):
    found = await verifier(
        issuer, roles="realm_access.roles", agent="employee", default_workspace="w9"
    ).caller(
        issuer.token(
            roles=None,
            workspace=None,
            employee="ana-7",
            realm_access={"roles": ["quality", "offline_access"]},
        )
    )

    assert (found.workspace, found.agent_id) == ("w9", "ana-7")
    assert found.has_one_of(frozenset({"quality"}))


def test_a_key_file_is_for_its_user_only(tmp_path: Path):
    first = DevelopmentIssuer.make(tmp_path / "key.pem")
    again = DevelopmentIssuer.make(tmp_path / "key.pem")

    heads = {issuer.token("agent", "ana", "w").partition(".")[0] for issuer in (first, again)}

    assert (tmp_path / "key.pem").stat().st_mode & 0o777 == 0o600
    assert len(heads) == 1
