"""A real control plane of Kubernetes on this machine, with nodes and kubelets that are played."""

import json
import secrets
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from local_stack.ports import LOOPBACK, free_ports
from tests.deploy import built_tools
from tests.deploy.tools import kubectl, run

READY_SECONDS = 120.0
POLL_SECONDS = 0.2
STOP_SECONDS = 20.0
CAPACITY = {"cpu": "32", "memory": "128Gi", "pods": "110", "ephemeral-storage": "500Gi"}


@dataclass(slots=True)
class ControlPlane:
    """etcd, API server, controllers, scheduler; `kubectl` speaks to it as its administrator."""

    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    port: int = 0
    token: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def kubeconfig(self) -> Path:
        """Where the file is that leads there."""
        return self.folder / "kubeconfig"

    def kubectl(self, *arguments: str | Path, within: float = 120.0) -> str:
        """Return what kubectl prints; AssertionError with its complaint when it fails."""
        return run(kubectl(), "--kubeconfig", self.kubeconfig, *arguments, within=within)

    def complaints(self, *arguments: str | Path, content: str) -> str:
        """Return what kubectl prints on its error channel, warnings above all."""
        done = subprocess.run(
            [kubectl(), "--kubeconfig", self.kubeconfig, *arguments, "-f", "-"],
            input=content,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return done.stderr + ("" if done.returncode == 0 else f"exit {done.returncode}")

    def get(self, *arguments: str) -> Any:
        """Return objects as the API server has them."""
        return json.loads(self.kubectl("get", *arguments, "-o", "json"))

    def begin(self) -> None:
        """Start etcd and the API server; return when it is ready."""
        client, peer, self.port = free_ports(3)
        at = f"http://{LOOPBACK}:{client}"
        between = f"http://{LOOPBACK}:{peer}"
        self._start(
            "etcd",
            built_tools.etcd(),
            *("--data-dir", self.folder / "etcd", "--unsafe-no-fsync", "--log-level", "error"),
            *("--listen-client-urls", at, "--advertise-client-urls", at),
            *("--listen-peer-urls", between, "--initial-advertise-peer-urls", between),
            *("--initial-cluster", f"default={between}"),
        )
        self._write_keys()
        key = self.folder / "service-accounts.pem"
        self._start(
            "apiserver",
            built_tools.kubelite(),
            "apiserver",
            *("--etcd-servers", at, "--bind-address", LOOPBACK, "--secure-port", str(self.port)),
            *("--authorization-mode", "RBAC", "--token-auth-file", self.folder / "tokens.csv"),
            *("--service-cluster-ip-range", "10.0.0.0/24", "--endpoint-reconciler-type", "none"),
            *("--cert-dir", self.folder / "certificates"),
            *("--service-account-issuer", "https://kubernetes.default.svc"),
            *("--service-account-key-file", key, "--service-account-signing-key-file", key),
        )
        self._wait_ready()

    def make_crds(self) -> None:
        """Tell it what operators would bring."""
        for path in built_tools.crds():
            self.kubectl("apply", "--server-side", "-f", path)
        self.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")

    def animate(self, nodes: Sequence[str]) -> None:
        """Start the controllers, the scheduler, and nodes on which pods are soon ready."""
        key = self.folder / "service-accounts.pem"
        common = ("--kubeconfig", self.kubeconfig, "--leader-elect=false")
        self._start(
            "controllers",
            built_tools.kubelite(),
            *("controller-manager", *common, "--secure-port=0"),
            *("--service-account-private-key-file", key),
        )
        scheduler_port, kwok_port = free_ports(2)
        self._start(
            "scheduler",
            built_tools.kubelite(),
            *("scheduler", *common, "--secure-port", str(scheduler_port)),
            *("--bind-address", LOOPBACK, "--cert-dir", self.folder / "scheduler"),
        )
        stages = self.folder / "stages.yaml"
        stages.write_text("\n---\n".join(path.read_text() for path in built_tools.kwok_stages()))
        self._start(
            "kwok",
            built_tools.kwok(),
            *("--kubeconfig", self.kubeconfig, "--manage-all-nodes=true", "--config", stages),
            *("--server-address", f"{LOOPBACK}:{kwok_port}"),
        )
        for number, name in enumerate(nodes):
            self.apply(_node(name, zone=f"zone-{number % 3}"))
        self.kubectl("wait", "--for=condition=Ready", "node", "--all", "--timeout=60s")

    def apply(self, *objects: dict[str, Any]) -> None:
        """Have these objects be so."""
        path = self.folder / "apply.yaml"
        path.write_text(yaml.safe_dump_all(objects))
        self.kubectl("apply", "--server-side", "--force-conflicts", "-f", path)

    def end(self) -> None:
        """Stop everything, the youngest first."""
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def ended(self) -> list[object]:
        """Return the commands of those that should run and do not."""
        return [process.args for process in self.processes if process.poll() is not None]

    def _start(self, name: str, *command: str | Path) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.processes.append(process)

    def _write_keys(self) -> None:
        key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
        (self.folder / "service-accounts.pem").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.TraditionalOpenSSL,
                serialization.NoEncryption(),
            )
        )
        (self.folder / "tokens.csv").write_text(f'{self.token},admin,admin,"system:masters"\n')
        server = f"https://{LOOPBACK}:{self.port}"
        cluster = {"server": server, "insecure-skip-tls-verify": True}
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "here", "cluster": cluster}],
            "users": [{"name": "admin", "user": {"token": self.token}}],
            "contexts": [{"name": "here", "context": {"cluster": "here", "user": "admin"}}],
            "current-context": "here",
        }
        self.kubeconfig.write_text(yaml.safe_dump(content))

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        request = urllib.request.Request(
            f"https://{LOOPBACK}:{self.port}/readyz",
            headers={"Authorization": f"Bearer {self.token}"},
        )
        # Its certificate is its own, made a moment ago.
        trusting = ssl._create_unverified_context()
        while True:
            try:
                with urllib.request.urlopen(request, context=trusting, timeout=5):
                    return
            except (urllib.error.URLError, OSError) as error:
                log = (self.folder / "apiserver.log").read_text(errors="replace")[-2000:]
                over = self.ended()
                assert not over and time.monotonic() < deadline, f"{error} {over}\n{log}"
                time.sleep(POLL_SECONDS)


@contextmanager
def control_plane(folder: Path) -> Iterator[ControlPlane]:
    """Run a control plane with every CRD."""
    found = ControlPlane(folder)
    try:
        found.begin()
        found.make_crds()
        yield found
    finally:
        found.end()


def _node(name: str, zone: str) -> dict[str, Any]:
    labels = {
        "kubernetes.io/hostname": name,
        "topology.kubernetes.io/zone": zone,
        "type": "kwok",
    }
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels, "annotations": {"kwok.x-k8s.io/node": "fake"}},
        "spec": {},
        "status": {"allocatable": CAPACITY, "capacity": CAPACITY},
    }
