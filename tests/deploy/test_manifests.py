"""The manifests are whole, strict, and say of each service what its code says."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml
from pydantic import SecretStr

from chassis.secret_files import FILE
from tests.deploy.rendering import (
    K8S,
    NAME,
    SERVICES,
    Manifest,
    environment,
    named,
    of_kind,
    pod_of,
    settings_of,
    workloads,
)
from tests.deploy.tools import KUBERNETES, run

SMALLEST_UID = 10_001
STOP_SECONDS = 20.0
# Read by libraries, not by our settings.
FOREIGN = ("OTEL_",)
# Stands for what a secret holds.
UNTOLD = "0123456789abcdef0123456789abcdef"
PODS = ("Deployment", "StatefulSet", "Job", "CronJob", "DaemonSet")
CUSTOM = (
    "cert-manager.io", "gateway.networking.k8s.io", "kafka.strimzi.io", "keda.sh",
    "monitoring.coreos.com", "postgresql.cnpg.io",
)  # fmt: skip


def test_every_object_is_what_kubernetes_strictly_knows(manifests: list[Manifest]):
    for manifest in manifests:
        if manifest["apiVersion"].split("/")[0] not in CUSTOM:
            kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


@pytest.mark.parametrize("folder", sorted(path.parent for path in K8S.rglob("kustomization.yaml")))
def test_each_file_is_listed_and_each_that_is_listed_is_there(folder: Path):
    content = yaml.safe_load((folder / "kustomization.yaml").read_text())
    listed = set(_files_of(content))

    assert {name for name in listed if not (folder / name).exists()} == set()
    assert {path.name for path in folder.glob("*.yaml")} - listed == {"kustomization.yaml"}


def _files_of(content: Any) -> Iterator[str]:
    yield from (*content.get("resources", []), *content.get("components", []))
    for patch in (*content.get("patches", []), *content.get("replacements", [])):
        if "path" in patch:
            yield patch["path"]
    for generator in content.get("configMapGenerator", []):
        for entry in generator.get("files", []):
            yield entry.partition("=")[2] or entry


def test_there_is_a_workload_for_each_service(manifests: list[Manifest]):
    assert sorted(name for name, *_ in workloads(manifests)) == sorted(SERVICES)


def test_each_variable_is_a_setting_with_a_value_it_accepts(manifests: list[Manifest]):
    for service, _, container in workloads(manifests):
        given = environment(manifests, container)

        unknown = {name for name in given if not name.startswith(FOREIGN)} - common_settings()
        assert unknown == set(), service
        of_files = {name.removesuffix(FILE): UNTOLD for name in given if name in from_files()}
        settings_of(service)(
            **{
                name.lower(): UNTOLD if value is None else value
                for name, value in (given | of_files).items()
            }
        )


def test_topics_and_groups_are_called_as_the_resources_call_them(manifests: list[Manifest]):
    """Topics, rights and scalers are made without a prefix."""
    for service, _, container in workloads(manifests):
        assert not environment(manifests, container).get("TOPIC_PREFIX"), service


def common_settings() -> set[str]:
    """Return what any service may read: the shared ConfigMap goes to all."""
    fields = {name for service in SERVICES for name in settings_of(service).model_fields}
    return {name.upper() for name in fields} | from_files()


def from_files() -> set[str]:
    """Return the variables that name a file with a secret."""
    return {
        name.upper() + FILE
        for service in SERVICES
        for name, field in settings_of(service).model_fields.items()
        if field.annotation is SecretStr
    }


def test_ports_are_those_of_the_settings(manifests: list[Manifest]):
    for service, _, container in workloads(manifests):
        fields = settings_of(service).model_fields
        given = environment(manifests, container)
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        wanted = {
            name.removesuffix("_port"): int(given.get(name.upper()) or field.default)
            for name, field in fields.items()
            if name.endswith("_port") and (given.get(name.upper()) or field.default)
        }
        same_name = {"mail": "smtp"}

        assert {same_name.get(name, name): port for name, port in wanted.items()} == {
            name.partition("-")[0]: port for name, port in ports.items()
        }, service


def test_every_pod_is_restricted(manifests: list[Manifest]):
    for manifest in of_kind(manifests, *PODS):
        pod, what = pod_of(manifest), manifest["metadata"]["name"]
        context = pod["securityContext"]

        assert pod["automountServiceAccountToken"] is False, what
        assert context["runAsNonRoot"] is True, what
        assert context["seccompProfile"]["type"] == "RuntimeDefault", what
        for container in [*pod["containers"], *pod.get("initContainers", [])]:
            inside = container["securityContext"]
            assert inside["allowPrivilegeEscalation"] is False, what
            assert inside["readOnlyRootFilesystem"] is True, what
            assert inside["capabilities"] == {"drop": ["ALL"]}, what
            assert {"cpu", "memory", "ephemeral-storage"} <= set(
                container["resources"]["requests"]
            ), what
            assert {"memory", "ephemeral-storage"} <= set(container["resources"]["limits"]), what
            assert not container["image"].endswith(":latest"), what
            assert ":" in container["image"].rpartition("/")[2], what


def test_our_services_run_as_a_user_that_no_host_has(manifests: list[Manifest]):
    for service, manifest, _ in workloads(manifests):
        context = pod_of(manifest)["securityContext"]

        assert min(context["runAsUser"], context["runAsGroup"]) >= SMALLEST_UID, service


def test_a_pod_gets_the_time_to_drain(manifests: list[Manifest]):
    for service, manifest, container in workloads(manifests):
        fields = settings_of(service).model_fields
        given = environment(manifests, container).get("DRAIN_TIMEOUT_SECONDS")
        drain = float(given or fields["drain_timeout_seconds"].default)
        pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
        grace = pod_of(manifest)["terminationGracePeriodSeconds"]

        assert grace >= pause + drain + STOP_SECONDS, service


def test_probes_are_of_three_kinds_and_liveness_asks_for_nobody_else(manifests: list[Manifest]):
    for service, _, container in workloads(manifests):
        has_tls = "TLS_CERT_FILE" in environment(manifests, container)
        asked = {"port": "admin"} | ({"scheme": "HTTPS"} if has_tls else {})
        live, ready = container["livenessProbe"], container["readinessProbe"]
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}

        assert live["httpGet"] == {"path": "/livez", **asked}, service
        assert container["startupProbe"]["httpGet"] == live["httpGet"], service
        # The kubelet's probe of gRPC has no TLS; /readyz says the same.
        if "grpc" in ports and not has_tls:
            assert ready["grpc"]["port"] == ports["grpc"], service
        else:
            assert ready["httpGet"] == {"path": "/readyz", **asked}, service


def test_each_service_has_its_account_its_address_and_its_budget(manifests: list[Manifest]):
    for service, manifest, container in workloads(manifests):
        labels = manifest["spec"]["template"]["metadata"]["labels"]
        address = named(manifests, "Service", service)
        budget = named(manifests, "PodDisruptionBudget", service)

        assert named(manifests, "ServiceAccount", service)["automountServiceAccountToken"] is False
        assert pod_of(manifest)["serviceAccountName"] == service
        assert address["spec"]["selector"].items() <= labels.items()
        assert {port["targetPort"] for port in address["spec"]["ports"]} == {
            port["name"] for port in container["ports"]
        }
        assert budget["spec"]["maxUnavailable"] == 1
        assert budget["spec"]["selector"]["matchLabels"].items() <= labels.items()


def test_every_object_says_what_it_is_part_of(manifests: list[Manifest]):
    for manifest in manifests:
        labels = manifest["metadata"]["labels"]
        wanted = {"app.kubernetes.io/part-of", "app.kubernetes.io/managed-by"}

        assert wanted <= set(labels), f"{manifest['kind']} {manifest['metadata']['name']}"


def test_no_secret_is_among_the_manifests(manifests: list[Manifest]):
    assert of_kind(manifests, "Secret") == []


def test_each_secret_that_is_named_is_made_by_somebody(overlay: str, manifests: list[Manifest]):
    said = run(sys.executable, K8S / "make_secrets.py", overlay)
    made = {each["metadata"]["name"]: set(each["stringData"]) for each in yaml.safe_load_all(said)}
    for each in of_kind(manifests, "Certificate"):
        made[each["spec"]["secretName"]] = {"tls.crt", "tls.key", "ca.crt"}
    for each in of_kind(manifests, "Kafka"):
        prefix = each["spec"]["entityOperator"]["userOperator"]["secretPrefix"]
        for user in of_kind(manifests, "KafkaUser"):
            made[prefix + user["metadata"]["name"]] = {"username", "password"}
        made[f"{each['metadata']['name']}-cluster-ca-cert"] = {"ca.crt"}
    for each in of_kind(manifests, "Cluster"):
        made[f"{each['metadata']['name']}-ca"] = {"ca.crt"}

    named_ones = list(secrets_in(manifests))
    assert len(named_ones) > len(SERVICES)
    for name, key in named_ones:
        assert name in made and (key is None or key in made[name]), f"{name} {key}"


def test_each_volume_that_is_claimed_is_there(manifests: list[Manifest]):
    there = {each["metadata"]["name"] for each in of_kind(manifests, "PersistentVolumeClaim")}
    claimed = {
        volume["persistentVolumeClaim"]["claimName"]
        for manifest in of_kind(manifests, *PODS)
        for volume in pod_of(manifest).get("volumes", [])
        if "persistentVolumeClaim" in volume
    }

    assert claimed == there


def secrets_in(content: Any) -> Iterator[tuple[str, str | None]]:
    """Yield each reference to a secret, with the key of it that is read."""
    if isinstance(content, list):
        for each in content:
            yield from secrets_in(each)
    elif isinstance(content, dict):
        if "secretKeyRef" in content:
            yield content["secretKeyRef"]["name"], content["secretKeyRef"]["key"]
        if "secret" in content and isinstance(content["secret"], dict):
            inside = content["secret"]
            name = inside.get("secretName") or inside["name"]
            for item in inside.get("items", [{"key": None}]):
                yield name, item["key"]
        for each in content.get("secretTargetRef", []):
            yield each["name"], each["key"]
        for each in content.values():
            yield from secrets_in(each)


def test_a_router_is_a_member_of_its_group_under_the_name_of_its_pod(manifests: list[Manifest]):
    router = named(manifests, "StatefulSet", "router")
    container = pod_of(router)["containers"][0]
    by_name = {each["name"]: each for each in container["env"]}

    assert by_name["INSTANCE_ID"]["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.name"
    assert by_name["KAFKA_STATIC_MEMBERSHIP"]["value"] == "true"
    assert by_name["INSTANCE_ID"] in container["env"]


def test_replicas_stand_apart(manifests: list[Manifest]):
    for service, manifest, _ in workloads(manifests):
        spread = pod_of(manifest)["topologySpreadConstraints"]
        keys = {each["topologyKey"] for each in spread}

        assert keys == {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}, service
        assert all(each["matchLabelKeys"] == [NAME] for each in spread), service
