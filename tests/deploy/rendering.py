"""The manifests as a cluster gets them, and the services they are about."""

import functools
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from chassis.settings import ServiceSettings
from tests.deploy.tools import kubectl, run

ROOT = Path(__file__).resolve().parents[2]
K8S = ROOT / "deploy" / "k8s"
OVERLAYS = ("dev", "prod")
SERVICES = tuple(sorted(path.name for path in (ROOT / "services").iterdir() if path.is_dir()))
NAME = "app.kubernetes.io/name"
POD_ADDRESS = "10.1.2.3"

Manifest = dict[str, Any]


@functools.cache
def rendered(overlay: str) -> list[Manifest]:
    """Return every object of an overlay, as kustomize makes it."""
    return list(yaml.load_all(as_text(overlay), Loader=yaml.CSafeLoader))


@functools.cache
def as_text(overlay: str) -> str:
    """Return an overlay as kubectl would send it."""
    return run(kubectl(), "kustomize", K8S / "overlays" / overlay)


def of_kind(manifests: list[Manifest], *kinds: str) -> list[Manifest]:
    """Return those of these kinds."""
    return [manifest for manifest in manifests if manifest["kind"] in kinds]


def named(manifests: list[Manifest], kind: str, name: str) -> Manifest:
    """Return the one of this kind and name."""
    (found,) = [each for each in of_kind(manifests, kind) if each["metadata"]["name"] == name]
    return found


def workloads(manifests: list[Manifest]) -> Iterator[tuple[str, Manifest, Manifest]]:
    """Yield each of our services: its name, its workload, its container."""
    for manifest in of_kind(manifests, "Deployment", "StatefulSet"):
        name = manifest["metadata"]["name"]
        if name in SERVICES:
            containers = pod_of(manifest)["containers"]
            yield name, manifest, next(c for c in containers if c["name"] == "service")


def pod_of(manifest: Manifest) -> Manifest:
    """Return the pod's spec inside a workload."""
    spec: Manifest = manifest["spec"]
    if manifest["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    pod: Manifest = spec["template"]["spec"]
    return pod


def settings_of(service: str) -> type[ServiceSettings]:
    """Return the class that reads the service's environment."""
    module = importlib.import_module(f"{service.replace('-', '_')}.settings")
    (found,) = [
        each
        for each in vars(module).values()
        if isinstance(each, type)
        and issubclass(each, ServiceSettings)
        and each.__module__ == module.__name__
    ]
    return found


def environment(manifests: list[Manifest], container: Manifest) -> dict[str, str | None]:
    """Return what a container gets; None for what only the cluster knows."""
    found: dict[str, str | None] = {}
    for source in container.get("envFrom", []):
        if "configMapRef" in source:
            found |= named(manifests, "ConfigMap", source["configMapRef"]["name"])["data"]
    return found | {each["name"]: _value(each) for each in container.get("env", [])}


def _value(variable: Manifest) -> str | None:
    field = variable.get("valueFrom", {}).get("fieldRef", {}).get("fieldPath")
    return POD_ADDRESS if field == "status.podIP" else variable.get("value")
