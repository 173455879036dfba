"""grpcurl and ghz, which know nothing of us, find and call every service."""

import asyncio
import importlib.resources
import json
import subprocess
from pathlib import Path

import pytest
from grpc_tools import protoc

from tests.e2e.world import World
from tests.go_tools import go_tool, is_full

PROTO = Path(__file__).parents[2] / "proto"
GRPCURL = ("github.com/fullstorydev/grpcurl/cmd/grpcurl", "1.9.4")
GHZ = ("github.com/bojand/ghz/cmd/ghz", "0.93.0")
PACKAGE = "contact_center.v1"
SERVICES = {
    "desk": {"AgentService"},
    "crm": {"CustomerService", "KeyService"},
    "analytics": {"AnalyticsService"},
    "router": {"RoutingService"},
}
SECONDS = 60


@pytest.fixture(scope="module")
def grpcurl(request: pytest.FixtureRequest) -> Path:
    return go_tool(*GRPCURL, may_build=is_full(request.config))


@pytest.fixture(scope="module")
def ghz(request: pytest.FixtureRequest) -> Path:
    return go_tool(*GHZ, may_build=is_full(request.config))


@pytest.fixture(scope="module")
def protoset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The contracts as one file of descriptors."""
    out = tmp_path_factory.mktemp("contracts") / "contracts.binpb"
    include = importlib.resources.files("grpc_tools") / "_proto"
    sources = sorted(str(path) for path in (PROTO / "contact_center/v1").glob("*.proto"))
    command = ["protoc", f"-I{PROTO}", f"-I{include}", "--include_imports", *sources]
    assert protoc.main([*command, f"--descriptor_set_out={out}"]) == 0
    return out


async def run(*command: str | Path, stdin: str = "") -> str:
    done = await asyncio.to_thread(
        subprocess.run, command, input=stdin, capture_output=True, text=True, timeout=SECONDS
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def bearer(world: World, role: str, name: str) -> str:
    return f"authorization: Bearer {world.tokens.of(role, name)}"


@pytest.mark.parametrize("service", SERVICES)
async def test_every_service_says_by_reflection_what_it_offers(
    world: World, grpcurl: Path, service: str
):
    address = world.stack.address(f"{service}.GRPC_PORT")
    listed = set((await run(grpcurl, "-plaintext", address, "list")).split())
    ours = {f"{PACKAGE}.{name}" for name in SERVICES[service]}
    described = [await run(grpcurl, "-plaintext", address, "describe", name) for name in ours]
    health = json.loads(await run(grpcurl, "-plaintext", address, "grpc.health.v1.Health/Check"))

    assert ours <= listed
    assert all("rpc " in text for text in described)
    assert health == {"status": "SERVING"}


async def test_grpcurl_works_as_an_agent_as_the_readme_says(world: World, grpcurl: Path):
    requests = [
        {"hello": {"agent_id": "finn"}},
        {"command_id": "1", "choose_presence": {"presence": "PRESENCE_AVAILABLE"}},
        {"command_id": "2", "sign_out": {}},
    ]
    output = await run(
        *(grpcurl, "-plaintext", "-H", bearer(world, "agent", "finn"), "-d", "@"),
        *(world.desk, f"{PACKAGE}.AgentService/Work"),
        stdin="\n".join(json.dumps(request) for request in requests),
    )

    assert '"snapshot"' in output
    assert output.count("RESULT_CODE_OK") == 2


async def test_grpcurl_reads_the_numbers_and_is_refused_without_a_token(
    world: World, grpcurl: Path
):
    address = world.stack.address("analytics.GRPC_PORT")
    method = f"{PACKAGE}.AnalyticsService/GetQueues"
    question = json.dumps({"workspace": world.stack.workspace})
    known = bearer(world, "supervisor", "tests")
    answer = await run(grpcurl, "-plaintext", "-H", known, "-d", question, address, method)
    refused = await asyncio.to_thread(
        subprocess.run,
        [grpcurl, "-plaintext", "-d", question, address, method],
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )

    assert json.loads(answer)["numbers"]["workspace"] == world.stack.workspace
    assert "Unauthenticated" in refused.stderr


@pytest.mark.parametrize(
    ("service", "method", "question"),
    [
        ("analytics", "AnalyticsService.GetQueues", {"workspace": "main"}),
        ("crm", "CustomerService.FindCustomer", {"workspace": "main", "kind": "chat"}),
        ("router", "RoutingService.ListRecentContacts", {}),
        ("desk", "AgentService.Work", {}),
    ],
)
async def test_ghz_loads_every_service_and_all_calls_are_answered(
    world: World,
    ghz: Path,
    protoset: Path,
    service: str,
    method: str,
    question: dict[str, str],
):
    """By the compiled contracts (its own parser knows no `optional`); any answer counts."""
    role = "agent" if service == "desk" else "supervisor"
    token = world.tokens.of(role, "finn")
    output = await run(
        *(ghz, "--insecure", "--protoset", protoset, "--format", "json"),
        *("-n", "60", "-c", "2", "--timeout", "30s"),
        *("--call", f"{PACKAGE}.{method}", "-d", json.dumps(question)),
        *("-m", json.dumps({"authorization": f"Bearer {token}"})),
        world.stack.address(f"{service}.GRPC_PORT"),
    )
    found = json.loads(output)

    assert found["count"] == 60
    unanswered = {"Unavailable", "DeadlineExceeded", "Internal", "Unknown", "Unimplemented"}
    assert not unanswered & found["statusCodeDistribution"].keys(), found["statusCodeDistribution"]
