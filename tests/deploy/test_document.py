"""docs/deploy.md names files, targets and objects that there are."""

import re
import shutil
import textwrap
from pathlib import Path

import pytest
import yaml

from tests.deploy.built_tools import CRDS, KUBERNETES, STRIMZI
from tests.deploy.reaching import Door, Place, Reach
from tests.deploy.rendering import K8S, ROOT, environment, named, of_kind, rendered, workloads
from tests.deploy.test_production import OPEN
from tests.deploy.tools import Missing, kubectl, run

TEXT = (ROOT / "docs" / "deploy.md").read_text()
# Whoever deploys makes it.
YOURS = "deploy/k8s/overlays/mine"
MAKE = (ROOT / "Makefile").read_text()
EXTERNAL = "components: [../../external-postgres]\n"


def test_each_file_that_is_named_is_there():
    names = set(re.findall(r"\b(?:deploy|docs|libs|proto|services|tests)/[\w./-]+\w", TEXT))

    assert len(names) > 5
    assert {name for name in names if not (ROOT / name).exists()} == {YOURS}


def test_each_target_that_is_named_is_there():
    targets = set(re.findall(r"\bmake ([a-z][a-z0-9-]+)", TEXT)) - {"it"}

    assert {"images", "sbom", "k8s"} <= targets
    assert {name for name in targets if not re.search(rf"^{name}:", MAKE, re.M)} == set()


def test_each_object_that_a_command_names_is_there():
    try:
        made = [*rendered("dev"), *rendered("prod")]
    except Missing as why:
        pytest.skip(f"THE MANIFESTS ARE NOT RENDERED: {why}")
    there = {(each["kind"].lower(), each["metadata"]["name"]) for each in made}
    named_ones = set(re.findall(r"\b(job|service|statefulset)/([a-z][a-z-]+)", TEXT))
    named_ones |= set(re.findall(r"\bget (cluster) ([a-z-]+)", TEXT))

    assert len(named_ones) > 4
    assert named_ones <= there


def test_each_derived_store_that_can_be_forgotten_is_told():
    for file in (K8S / "restore").glob("*.sql"):
        assert f"deploy/k8s/restore/{file.name}" in TEXT


def example(name: str) -> str:
    """Return the YAML that stands under the name."""
    _, _, after = TEXT.partition(f"<!-- example: {name} -->\n")
    shown = textwrap.dedent(after[: after.index("```\n", after.index("```yaml"))])
    return shown.partition("```yaml\n")[2]


def rendered_as_mine(folder: Path, shown: str) -> str:
    """Return what an overlay beside ours makes."""
    try:
        program = kubectl()
    except Missing as why:
        pytest.skip(f"THE EXAMPLE IS NOT RENDERED: {why}")
    for part in ("k8s", "local", "observability"):
        shutil.copytree(K8S.parent / part, folder / part)
    mine = folder / "k8s" / "overlays" / "mine"
    mine.mkdir()
    (mine / "kustomization.yaml").write_text(shown)
    return run(program, "kustomize", mine)


def test_the_overlay_that_is_shown_gives_everything_its_names(tmp_path: Path):
    text = rendered_as_mine(tmp_path, example("overlay"))
    made = list(yaml.safe_load_all(text))
    containers = {service: container for service, _, container in workloads(made)}

    # Nothing of the example's own is left but in the six images that it leaves out.
    assert set(re.findall(r"[\w.-]*\.example\.com", text)) == {"registry.example.com"}
    assert containers["router"]["image"] == "registry.acme.example/router:0.1.0"
    given = environment(made, containers["ingest-voice"])
    assert given["TRUNK_ADDRESS"] == "sip:{number}@sbc.telephony:5060"
    assert given["KAFKA_BOOTSTRAP_SERVERS"] == "kafka-kafka-bootstrap:9093"
    claim = named(made, "PersistentVolumeClaim", "router-snapshots")
    assert claim["spec"]["storageClassName"] == "shared"
    hosts = {host for route in of_kind(made, "GRPCRoute") for host in route["spec"]["hostnames"]}
    assert hosts == {"api.acme.example"}
    accounts = of_kind(made, "ServiceAccount")
    assert accounts and all(each["imagePullSecrets"] == [{"name": "registry"}] for each in accounts)


def test_with_a_postgres_of_yours_nothing_of_the_operators_is_left(tmp_path: Path):
    made = list(yaml.safe_load_all(rendered_as_mine(tmp_path, example("overlay") + EXTERNAL)))

    assert EXTERNAL.strip() in TEXT
    assert not [each for each in made if each["apiVersion"].startswith("postgresql.cnpg.io")]
    reach = Reach(made)
    outside = Door(Place(name="postgres of yours", namespace=""), "TCP", 5432)
    for service, workload, container in workloads(made):
        labels = workload["spec"]["template"]["metadata"]["labels"]
        has_database = any(each["name"] == "DATABASE_URL" for each in container["env"])
        assert reach.may(Place(name=service, labels=labels), outside) == has_database, service


def test_operators_are_of_the_versions_that_the_manifests_are_tried_against():
    tried = {name.rpartition("@v")[2] for name in CRDS} | {STRIMZI, KUBERNETES}
    told = set(re.findall(r"^ *\| [\w -]+ \| (\d+\.\d+\.\d+) \|", TEXT, re.M))

    assert told == tried


def test_every_route_with_streams_is_told_not_to_be_cut():
    """A GRPCRoute knows no time limit, so that each gateway has its own word for it."""
    policy = yaml.safe_load(example("streams"))
    streaming = {
        name
        for name, service in OPEN.items()
        if any(method.server_streaming for method in service.methods)
    }
    try:
        routes = of_kind(rendered("prod"), "GRPCRoute")
    except Missing as why:
        pytest.skip(f"THE MANIFESTS ARE NOT RENDERED: {why}")
    wanted = {
        route["metadata"]["name"]
        for route in routes
        for rule in route["spec"]["rules"]
        for match in rule["matches"]
        if match["method"]["service"] in streaming
    }

    assert {target["name"] for target in policy["spec"]["targetRefs"]} == wanted
    assert policy["spec"]["timeout"]["http"]["requestTimeout"] == "0s"
