"""docs/deploy.md names files, targets and objects that there are."""

import re
import shutil
import textwrap
from pathlib import Path

import pytest
import yaml

from tests.deploy.rendering import K8S, ROOT, environment, named, of_kind, workloads
from tests.deploy.tools import Missing, kubectl, run

TEXT = (ROOT / "docs" / "deploy.md").read_text()
# Whoever deploys makes it.
YOURS = "deploy/k8s/overlays/mine"
MAKE = (ROOT / "Makefile").read_text()


def test_each_file_that_is_named_is_there():
    names = set(re.findall(r"\b(?:deploy|docs|libs|proto|services|tests)/[\w./-]+\w", TEXT))

    assert len(names) > 5
    assert {name for name in names if not (ROOT / name).exists()} == {YOURS}


def test_each_target_that_is_named_is_there():
    targets = set(re.findall(r"\bmake ([a-z][a-z0-9-]+)", TEXT)) - {"it"}

    assert {"images", "sbom", "k8s"} <= targets
    assert {name for name in targets if not re.search(rf"^{name}:", MAKE, re.M)} == set()


def test_each_derived_store_that_can_be_forgotten_is_told():
    for file in (K8S / "restore").glob("*.sql"):
        assert f"deploy/k8s/restore/{file.name}" in TEXT


def test_the_overlay_that_is_shown_gives_everything_its_names(tmp_path: Path):
    try:
        program = kubectl()
    except Missing as why:
        pytest.skip(f"THE EXAMPLE IS NOT RENDERED: {why}")
    _, _, after = TEXT.partition("<!-- example: overlay -->\n")
    shown = textwrap.dedent(after[: after.index("```\n", after.index("```yaml"))])
    for folder in ("k8s", "local", "observability"):
        shutil.copytree(K8S.parent / folder, tmp_path / folder)
    mine = tmp_path / "k8s" / "overlays" / "mine"
    mine.mkdir()
    (mine / "kustomization.yaml").write_text(shown.partition("```yaml\n")[2])
    text = run(program, "kustomize", mine)
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
