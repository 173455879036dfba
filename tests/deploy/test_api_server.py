"""A real API server with real CRDs accepts every overlay, strictly and without a warning."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.deploy.control_plane import ControlPlane, control_plane
from tests.deploy.rendering import OVERLAYS, Manifest, as_text, of_kind, pod_of, rendered, workloads
from tests.deploy.test_document import EXTERNAL, example, rendered_as_mine
from tests.deploy.tools import Missing

pytestmark = pytest.mark.full
DRY = ("apply", "--dry-run=server", "--validate=strict")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    try:
        with control_plane(tmp_path_factory.mktemp("server")) as found:
            for namespace in of_kind(rendered(OVERLAYS[0]), "Namespace"):
                assert found.complaints("apply", content=yaml.safe_dump(namespace)) == ""
            yield found
    except Missing as why:
        pytest.skip(f"NO API SERVER: {why}")


def test_it_accepts_everything_without_a_warning(server: ControlPlane, overlay: str):
    complaints = server.complaints(*DRY, content=as_text(overlay))

    assert complaints == ""


@pytest.mark.parametrize("more", ["", EXTERNAL], ids=["as shown", "with an external database"])
def test_it_accepts_the_overlay_of_the_document(server: ControlPlane, tmp_path: Path, more: str):
    text = rendered_as_mine(tmp_path, example("overlay") + more)

    assert server.complaints(*DRY, content=text) == ""


def test_pods_may_run_in_a_restricted_namespace(server: ControlPlane, manifests: list[Manifest]):
    """A Deployment only warns; the pod itself is refused."""
    for manifest in of_kind(manifests, "Deployment", "StatefulSet", "Job"):
        name = manifest["metadata"]["name"]
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": "contact-center"},
            "spec": pod_of(manifest) | {"serviceAccountName": "default"},
        }
        pod["spec"].setdefault("restartPolicy", "Always")
        volumes = pod["spec"].setdefault("volumes", [])
        for claim in manifest["spec"].get("volumeClaimTemplates", []):
            volumes.append({"name": claim["metadata"]["name"], "emptyDir": {}})
        server.apply(
            {
                "apiVersion": "v1",
                "kind": "ServiceAccount",
                "metadata": {"name": "default", "namespace": "contact-center"},
            }
        )

        assert server.complaints(*DRY, content=yaml.safe_dump(pod)) == "", name


def test_it_refuses_a_word_that_no_crd_knows(server: ControlPlane):
    (monitor,) = of_kind(rendered("prod"), "PodMonitor")
    spelled = yaml.safe_dump(monitor).replace("podMetricsEndpoints", "podMetricEndpoints")

    assert "podMetricEndpoints" in server.complaints(*DRY, content=spelled)


def test_it_refuses_a_pod_that_may_do_more(server: ControlPlane):
    _, workload, container = next(iter(workloads(rendered("dev"))))
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "more", "namespace": "contact-center"},
        "spec": pod_of(workload)
        | {"serviceAccountName": "default", "containers": [container | {"securityContext": {}}]},
    }

    assert "violates PodSecurity" in server.complaints(*DRY, content=yaml.safe_dump(pod))
