"""On played nodes the manifests roll out, are updated, scaled, and drained by their budgets."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.deploy.control_plane import ControlPlane, control_plane
from tests.deploy.rendering import NAME, SERVICES, Manifest, of_kind, rendered, workloads
from tests.deploy.tools import Missing

pytestmark = pytest.mark.full
NODES = ("node-a", "node-b", "node-c")
IN = ("--namespace", "contact-center")
KINDS = ("ConfigMap", "Deployment", "Namespace", "PodDisruptionBudget", "Service", "StatefulSet")
KINDS += ("NetworkPolicy", "PersistentVolumeClaim", "ServiceAccount")
VOLUMES = 16
WITHIN = 300.0
LOOK_AGAIN = 60.0


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A cluster of three zones on which production's own services run, two replicas of each."""
    try:
        with control_plane(tmp_path_factory.mktemp("cluster")) as found:
            found.animate(NODES)
            found.apply(*_storage())
            found.apply(*of_kind(rendered("prod"), "Namespace"))
            found.apply(*(_in_pairs(each) for each in of_kind(rendered("prod"), *KINDS)))
            yield found
    except Missing as why:
        pytest.skip(f"NO CLUSTER: {why}")


def _in_pairs(manifest: Manifest) -> Manifest:
    """The autoscaler is not there: it would have made two of each."""
    if manifest["kind"] == "Deployment":
        return manifest | {"spec": {"replicas": 2} | manifest["spec"]}
    return manifest


def _storage() -> Iterator[dict[str, Any]]:
    """Yield disks enough, as no provisioner plays along."""
    default = {"storageclass.kubernetes.io/is-default-class": "true"}
    yield {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "played", "annotations": default},
        "provisioner": "kubernetes.io/no-provisioner",
    }
    for number in range(VOLUMES):
        yield {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": f"disk-{number}"},
            "spec": {
                "capacity": {"storage": "100Gi"},
                "accessModes": ["ReadWriteOnce", "ReadWriteMany"],
                "storageClassName": "played",
                "hostPath": {"path": "/played"},
            },
        }


def kinds() -> list[tuple[str, str]]:
    """Return each service with its kind of workload."""
    return [(service, each["kind"].lower()) for service, each, _ in workloads(rendered("prod"))]


def wait_for_all(cluster: ControlPlane) -> None:
    """Return when every workload is as it shall be."""
    deadline = time.monotonic() + WITHIN
    for service, kind in kinds():
        status = ("rollout", "status", f"{kind}/{service}", f"--timeout={LOOK_AGAIN:.0f}s")
        while True:
            try:
                cluster.kubectl(*IN, *status, within=LOOK_AGAIN + 30)
                break
            except AssertionError as error:
                # On a machine with too much to do its watch may hear nothing more.
                if time.monotonic() > deadline:
                    there = cluster.kubectl(*IN, "get", "pods,deployments,statefulsets")
                    raise AssertionError(f"{error}\n{cluster.ended()}\n{there}") from error


def pods(cluster: ControlPlane, service: str) -> list[dict[str, Any]]:
    """Return a service's pods that are not on their way out."""
    found = cluster.get(*IN, "pods", "-l", f"{NAME}={service}")["items"]
    return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]


def test_everything_rolls_out_and_replicas_stand_apart(cluster: ControlPlane):
    wait_for_all(cluster)

    for service in SERVICES:
        nodes = [pod["spec"]["nodeName"] for pod in pods(cluster, service)]
        assert len(nodes) >= 2, service
        assert len(set(nodes)) == len(nodes), f"{service}: {nodes}"


def test_every_budget_allows_one_to_go(cluster: ControlPlane):
    wait_for_all(cluster)
    deadline = time.monotonic() + WITHIN
    while True:
        budgets = cluster.get(*IN, "pdb")["items"]
        allowed = {each["metadata"]["name"]: _allowed(each) for each in budgets}
        if allowed == dict.fromkeys(SERVICES, 1):
            return
        assert time.monotonic() < deadline, allowed
        time.sleep(0.5)


def _allowed(budget: dict[str, Any]) -> int:
    return int(budget.get("status", {}).get("disruptionsAllowed", -1))


def test_an_update_takes_one_router_after_the_other(cluster: ControlPlane):
    wait_for_all(cluster)
    before = {p["metadata"]["name"]: p["metadata"]["uid"] for p in pods(cluster, "router")}
    for service, kind in kinds():
        image = f"service=registry.example.com/contact-center/{service}:0.1.1"
        cluster.kubectl(*IN, "set", "image", f"{kind}/{service}", image)
    wait_for_all(cluster)
    after = {p["metadata"]["name"]: p["metadata"]["uid"] for p in pods(cluster, "router")}

    # The same names, so the same members of the consumer group.
    assert set(after) == set(before) == {"router-0", "router-1", "router-2"}
    assert not set(after.values()) & set(before.values())


def test_an_update_is_taken_back(cluster: ControlPlane):
    wait_for_all(cluster)
    for service, kind in kinds():
        cluster.kubectl(*IN, "rollout", "undo", f"{kind}/{service}")
    wait_for_all(cluster)

    for service in SERVICES:
        for pod in pods(cluster, service):
            assert pod["spec"]["containers"][0]["image"].endswith(":0.1.0"), service


def test_a_service_is_scaled(cluster: ControlPlane):
    cluster.kubectl(*IN, "scale", "deployment/crm", "--replicas=6")
    wait_for_all(cluster)
    assert len(pods(cluster, "crm")) == 6
    cluster.kubectl(*IN, "scale", "deployment/crm", "--replicas=2")
    wait_for_all(cluster)


def test_a_second_replica_may_not_go_before_the_first_is_replaced(cluster: ControlPlane):
    """While nodes take no pods, one router may be evicted, and the budget refuses the next."""
    wait_for_all(cluster)
    for node in NODES:
        cluster.kubectl("cordon", node)
    try:
        assert evict(cluster, "router-0") == ""
        assert "disruption budget" in evict(cluster, "router-1")
    finally:
        for node in NODES:
            cluster.kubectl("uncordon", node)
    wait_for_all(cluster)


def evict(cluster: ControlPlane, pod: str) -> str:
    """Ask for an eviction as a drain does; return why it is refused."""
    path = f"/api/v1/namespaces/contact-center/pods/{pod}/eviction"
    wish = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": pod, "namespace": "contact-center"},
    }
    return cluster.complaints("create", "--raw", path, content=json.dumps(wish))


@pytest.mark.parametrize("node", NODES)
def test_a_node_is_drained_and_everything_runs_elsewhere(cluster: ControlPlane, node: str):
    wait_for_all(cluster)
    cluster.kubectl(
        *("drain", node, "--ignore-daemonsets", "--delete-emptydir-data"),
        *("--force=false", f"--timeout={WITHIN:.0f}s"),
        within=WITHIN + 30,
    )
    wait_for_all(cluster)

    for service in SERVICES:
        nodes = {pod["spec"]["nodeName"] for pod in pods(cluster, service)}
        assert nodes and node not in nodes, service
    cluster.kubectl("uncordon", node)
