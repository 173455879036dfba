"""What other people's linters say about the production overlay."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml

from tests.deploy.built_tools import crds, installed
from tests.deploy.rendering import as_text
from tests.deploy.tools import KUBERNETES, Missing

pytestmark = pytest.mark.full
# A limit on processor time makes who decides wait while the processor idles; images are named by
# a version that is never built twice.
ACCEPTED = ("--ignore-container-cpu-limit", "--ignore-test", "container-image-pull-policy")
# Their pods are made by operators.
OF_OPERATORS = {
    "kafka/contact-center networking.k8s.io/v1/NetworkPolicy",
    "postgres/contact-center networking.k8s.io/v1/NetworkPolicy",
}
BUILTIN = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema"


def program(package: str, version: str) -> Path:
    """Return a linter, built once."""
    try:
        return installed(package, version)
    except Missing as why:
        pytest.skip(f"{Path(package).name.upper()} IS MISSING: {why}")


def said(command: list[str | Path], content: str) -> str:
    """Return everything a linter prints about the content."""
    done = subprocess.run(
        [str(part) for part in command],
        input=content,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout + done.stderr


def test_kube_score_finds_nothing_critical():
    linter = program("github.com/zegl/kube-score/cmd/kube-score", "1.20.0")
    options = ("--kubernetes-version", f"v{KUBERNETES}", "--output-format", "ci", *ACCEPTED)
    lines = said([linter, "score", *options, "-"], as_text("prod")).splitlines()

    assert any(line.startswith("[OK]") for line in lines)
    critical = [line.removeprefix("[CRITICAL] ") for line in lines if "[CRITICAL]" in line]
    assert {line.partition(":")[0] for line in critical} <= OF_OPERATORS, critical


def test_kubeconform_accepts_every_object_strictly(tmp_path: Path, overlay: str):
    linter = program("github.com/yannh/kubeconform/cmd/kubeconform", "0.8.0")
    version = f"v{KUBERNETES}.0"
    builtin = tmp_path / f"{version}-standalone-strict"
    shutil.copytree(BUILTIN / f"{version}-local-strict", builtin)
    for file in builtin.glob("*.json"):
        schema = json.loads(file.read_text().replace("/api/_definitions.json", "_definitions.json"))
        schema.pop("$id", None)
        file.write_text(json.dumps(schema))
    own = tmp_path / "crds"
    own.mkdir()
    write_schemas(own)
    options = ("-strict", "-summary", "-output", "json", "-kubernetes-version", f"{KUBERNETES}.0")
    places = ("-schema-location", tmp_path, "-schema-location", f"{own}/{{{{.ResourceKind}}}}.json")

    report = json.loads(said([linter, *options, *places, "-"], as_text(overlay)))
    assert report["summary"]["valid"] > 0
    assert {report["summary"][key] for key in ("invalid", "errors", "skipped")} == {0}, report


def write_schemas(folder: Path) -> None:
    """Write a strict schema for each kind that a CRD defines."""
    for path in crds():
        for crd in yaml.load_all(path.read_text(), Loader=_Plain):
            if not crd or crd["kind"] != "CustomResourceDefinition":
                continue
            newest = [version for version in crd["spec"]["versions"] if version["storage"]]
            schema = strict(newest[0]["schema"]["openAPIV3Schema"])
            (folder / f"{crd['spec']['names']['kind'].lower()}.json").write_text(json.dumps(schema))


class _Plain(yaml.CSafeLoader):
    """Takes a lone `=` for the text that it is."""


_Plain.add_constructor("tag:yaml.org,2002:value", lambda _, node: node.value)


def strict(schema: Any) -> Any:
    """Return the schema with a closed door for words that it does not know."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: strict(value) for key, value in schema.items()}
    is_open = schema.get("x-kubernetes-preserve-unknown-fields")
    if (
        isinstance(schema.get("properties"), dict)
        and schema.get("type") == "object"
        and not is_open
    ):
        closed.setdefault("additionalProperties", False)
    return closed
