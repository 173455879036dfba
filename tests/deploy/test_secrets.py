"""The secrets of a new installation are what the services take, and nobody else's."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from chassis.security.caller import TokenRefused
from chassis.security.verifier import verifier_of
from chassis.settings import ServiceSettings
from chassis.testing import eventually
from local_stack.ports import free_ports, is_open
from tests.deploy.rendering import K8S, SERVICES, environment, rendered, workloads
from tests.deploy.tools import Missing, run


def made(overlay: str) -> dict[str, dict[str, str]]:
    """Return fresh secrets by name."""
    said = run(sys.executable, K8S / "make_secrets.py", overlay)
    return {each["metadata"]["name"]: each["stringData"] for each in yaml.safe_load_all(said)}


def test_no_two_secrets_are_the_same_nor_made_twice(overlay: str):
    first, second = made(overlay), made(overlay)
    values = [
        value
        for name, content in first.items()
        for key, value in content.items()
        if key not in ("username", "sasl", "tls")
    ]

    assert len(set(values)) == len(values)
    for name, content in first.items():
        assert content != second[name] or name == "keda-kafka", name


def test_each_database_role_is_the_services_own_schema():
    for service in ("analytics", "crm", "ingest-digital", "self-service"):
        content = made("prod")[f"{service}-database"]
        user = service.replace("-", "_")

        assert content["username"] == user
        assert content["url"].startswith(f"postgresql://{user}:{content['password']}@")
        assert "sslmode=verify-full" in content["url"]


@pytest.fixture
def issuer(tmp_path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The development overlay's keys, on the loopback as its pods have them."""
    content = made("dev")["issuer"]
    (port,) = free_ports(1)
    (tmp_path / "jwks.json").write_text(content["jwks.json"])
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    process = subprocess.Popen([*command, "--directory", str(tmp_path)], stderr=subprocess.DEVNULL)
    try:
        yield port, content
    finally:
        process.terminate()
        process.wait(10)


def told_to(service: str) -> dict[str, Any]:
    """Return what the development overlay tells a service about tokens."""
    manifests = rendered("dev")
    (container,) = [found for name, _, found in workloads(manifests) if name == service]
    return {
        name.lower(): value
        for name, value in environment(manifests, container).items()
        if name.startswith("OIDC_")
    }


async def test_services_and_agents_of_the_small_overlay_are_let_in(
    issuer: tuple[int, dict[str, str]],
):
    port, tokens = issuer
    try:
        settings = [ServiceSettings(**told_to(service)) for service in SERVICES]
    except Missing as why:
        pytest.skip(f"THE MANIFESTS ARE NOT RENDERED: {why}")
    assert len({(each.oidc_issuer, each.oidc_jwks_url) for each in settings}) == 1
    await eventually(lambda: is_open("127.0.0.1", port))
    here = {"oidc_jwks_url": f"http://127.0.0.1:{port}/jwks.json"}
    verifier = verifier_of(settings[0].model_copy(update=here))

    service = await verifier.caller(tokens["service"])
    ana = await verifier.caller(tokens["agent-ana"])
    assert (service.roles, service.workspace) == (frozenset({"service"}), "*")
    assert (ana.roles, ana.workspace, ana.agent_id) == (frozenset({"agent"}), "main", "ana")
    with pytest.raises(TokenRefused):
        await verifier.caller(made("dev")["issuer"]["service"])
