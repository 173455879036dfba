"""Strict JSON schemas of what the manifests may hold, made once into the user's cache."""

import hashlib
import json
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import yaml

from tests.deploy.built_tools import CRDS, STRIMZI, crds
from tests.deploy.tools import KUBERNETES, cache, once

RELEASE = f"{KUBERNETES}.0"
BUILTIN = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema"


def schemas() -> Path:
    """Return the folder, which kubeconform reads; Missing where CRDs cannot be had."""
    what = json.dumps([KUBERNETES, version("kubernetes-validate"), STRIMZI, CRDS])
    name = hashlib.sha256(what.encode()).hexdigest()[:12]
    return once(cache() / f"schemas-{name}", _make)


def places() -> tuple[str, ...]:
    """Return what kubeconform is told about where schemas are."""
    folder = schemas()
    own = f"{folder}/crds/{{{{.ResourceKind}}}}.json"
    return "-schema-location", str(folder), "-schema-location", own


def _make(half: Path) -> None:
    shutil.rmtree(half, ignore_errors=True)
    builtin = half / f"v{RELEASE}-standalone-strict"
    shutil.copytree(BUILTIN / f"v{RELEASE}-local-strict", builtin)
    for file in builtin.glob("*.json"):
        # As they are shipped, kubeconform does not find the definitions that they name.
        schema = json.loads(file.read_text().replace("/api/_definitions.json", "_definitions.json"))
        schema.pop("$id", None)
        file.write_text(json.dumps(schema))
    (half / "crds").mkdir()
    _write_crds(half / "crds")


def _write_crds(folder: Path) -> None:
    """Write a strict schema for each kind that a CRD defines."""
    for path in crds():
        for crd in yaml.load_all(path.read_text(), Loader=_Plain):
            if not crd or crd["kind"] != "CustomResourceDefinition":
                continue
            newest = [version for version in crd["spec"]["versions"] if version["storage"]]
            schema = _strict(newest[0]["schema"]["openAPIV3Schema"])
            (folder / f"{crd['spec']['names']['kind'].lower()}.json").write_text(json.dumps(schema))


class _Plain(yaml.CSafeLoader):
    """Takes a lone `=` for the text that it is."""


_Plain.add_constructor("tag:yaml.org,2002:value", lambda _, node: node.value)


def _strict(schema: Any) -> Any:
    """Return the schema with a closed door for words that it does not know."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _strict(value) for key, value in schema.items()}
    is_open = schema.get("x-kubernetes-preserve-unknown-fields")
    if (
        isinstance(schema.get("properties"), dict)
        and schema.get("type") == "object"
        and not is_open
    ):
        closed.setdefault("additionalProperties", False)
    return closed
