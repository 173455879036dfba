"""Every image is built by the real Dockerfile, and runs with nothing that it does not need."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from chassis.security.development import DevelopmentIssuer
from chassis.testing import eventually
from local_stack.home import home
from local_stack.ports import LOOPBACK, free_ports
from local_stack.readiness import answers_ok
from local_stack.run_folders import run_folder
from local_stack.services import SERVICES, Service
from tests.deploy.rendering import ROOT
from tests.deploy.tools import Missing, cache, run

pytestmark = [pytest.mark.full, pytest.mark.timeout(3600)]
TAG = "test"
PYTHON_IMAGE = "python:3.11.14-slim-bookworm"
NAMES = [service.name for service in SERVICES]
USER = 10_001
BUILD_SECONDS = 1800.0
READY_SECONDS = 120.0
STOP_SECONDS = 60
PROGRAMS = ("podman", "buildah", "runc", "debootstrap")
COMPILERS = ("gcc", "cc", "g++", "clang", "rustc", "make")
# For a machine whose cgroups and limits are not podman's to change.
CONF = """[containers]
default_ulimits = ["nofile=20000:20000", "nproc=4096:4096"]
netns = "host"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
"""


@dataclass(frozen=True, slots=True)
class Containers:
    """podman and buildah with a storage of their own."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """What both programs need to be told."""
        return {
            "STORAGE_DRIVER": "vfs",
            "CONTAINERS_CONF": str(self.folder / "containers.conf"),
            "BUILDAH_ISOLATION": "chroot",
        }

    def podman(self, *arguments: str | Path, within: float = 300.0) -> str:
        """Return what podman prints."""
        return run("podman", *self._places, *arguments, within=within, **self.environment)

    def buildah(self, *arguments: str | Path, within: float = 300.0) -> str:
        """Return what buildah prints."""
        return run("buildah", *self._places, *arguments, within=within, **self.environment)

    def build(self, service: str) -> None:
        """Build one image as `make images` does."""
        options = "--layers --pull-never --network host -v /etc/ssl/certs:/etc/ssl/certs:ro"
        script = ROOT / "deploy" / "k8s" / "build_images.sh"
        builder = " ".join(["nice", "-n", "10", "buildah", *map(str, self._places)])
        settings = {"BUILDER": builder, "BUILD_OPTIONS": options, **self.environment}
        run(script, TAG, service, within=BUILD_SECONDS, **settings)

    def make_base(self) -> None:
        """Stand in for the official image, which no registry gives us here."""
        if PYTHON_IMAGE in self.podman("images", "--format", "{{.Repository}}:{{.Tag}}"):
            return
        root = self.folder / "base-root"
        if not (root / "usr" / "bin" / "python3").exists():
            included = "--include=python3,python3-venv,python3-pip,ca-certificates"
            command = ("debootstrap", "--variant=minbase", included, "bookworm", root)
            run(*command, within=BUILD_SECONDS)
        container = self.buildah("from", "scratch").strip()
        self.buildah("add", "--quiet", container, root, "/")
        self.buildah("config", "--env", "PATH=/usr/local/bin:/usr/bin:/bin", container)
        self.buildah("commit", "--quiet", "--rm", container, PYTHON_IMAGE)

    @property
    def _places(self) -> tuple[str | Path, ...]:
        return "--root", self.folder / "storage", "--runroot", self.folder / "run"


@pytest.fixture(scope="module")
def containers() -> Containers:
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing or os.getuid() != 0:
        pytest.skip(f"NO IMAGES ARE BUILT: {', '.join(missing) or 'root'} is missing")
    folder = cache() / "images"
    folder.mkdir(exist_ok=True)
    found = Containers(folder)
    (folder / "containers.conf").write_text(CONF)
    try:
        found.make_base()
        for name in NAMES:
            found.build(name)
    except (AssertionError, Missing, subprocess.TimeoutExpired) as error:
        pytest.fail(f"{error}"[-3000:])
    return found


def image(service: str) -> str:
    """Return the name under which a service's image is stored."""
    return f"localhost/contact-center/{service}:{TAG}"


@pytest.mark.parametrize("service", NAMES)
def test_an_image_runs_as_nobody_and_holds_no_compiler(containers: Containers, service: str):
    (told,) = json.loads(containers.podman("image", "inspect", image(service)))
    print(f"{service}: {told['Size'] / 1e6:.0f} MB")
    look = "for name in $NAMES; do command -v $name; done; true"
    command = ("run", "--rm", "--entrypoint", "sh", "--env", f"NAMES={' '.join(COMPILERS)}")
    there = containers.podman(*command, image(service), "-c", look)

    assert told["Config"]["User"] == f"{USER}:{USER}"
    assert told["Config"]["StopSignal"] in ("SIGTERM", "15")
    assert there == ""


def test_the_router_brings_the_command_that_applies_rules(containers: Containers):
    command = ("run", "--rm", "--read-only", "--entrypoint", "contact-center")

    said = containers.podman(*command, image("router"), "policy", "--help")
    assert "apply" in said


@pytest.fixture
def started(
    containers: Containers, kafka_bootstrap_servers: str, topic_prefix: str, database_url: str
) -> Iterator[dict[str, str]]:
    """Every service in a container without rights; the answer has each one's admin address."""
    with run_folder(home()) as data:
        key = data / "keys" / "issuer.pem"
        DevelopmentIssuer.make(key)
        os.chown(key, USER, USER)
        key.parent.chmod(0o755)
        data.chmod(0o755)
        (crm,) = free_ports(1)
        common = {
            "KAFKA_BOOTSTRAP_SERVERS": kafka_bootstrap_servers,
            "TOPIC_PREFIX": topic_prefix,
            "DATABASE_URL": database_url,
            "DATA_DIR": "/data",
            "ADDRESS_TOKEN_SECRET": "0123456789abcdef0123456789abcdef",
            "MASTER_KEY": "00" * 32,
            "KEY_SERVICE_ADDRESS": f"{LOOPBACK}:{crm}",
            "CUSTOMER_SERVICE_ADDRESS": f"{LOOPBACK}:{crm}",
            "DEVELOPMENT_ISSUER_KEY_FILE": "/keys/issuer.pem",
            "FLOWS_DIR": "/flows",
        }
        found = {}
        try:
            for service in SERVICES:
                ports = dict(zip(service.listens, free_ports(len(service.listens)), strict=True))
                if service.name == "crm":
                    ports["GRPC_PORT"] = crm
                _run(containers, service, data, common | {k: str(v) for k, v in ports.items()})
                found[service.name] = f"http://{LOOPBACK}:{ports['ADMIN_PORT']}"
            yield found
        finally:
            for name in found:
                containers.podman("rm", "--force", "--time", "5", f"test-{name}")


def _run(containers: Containers, service: Service, data: Path, given: Mapping[str, str]) -> None:
    folder = data / service.name
    folder.mkdir()
    os.chown(folder, USER, USER)
    settings = [f"--env={name}={value}" for name, value in given.items()]
    containers.podman(
        *("run", "--detach", "--replace", "--name", f"test-{service.name}"),
        *("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
        *("--memory", "512m", "--tmpfs", "/tmp:rw,size=64m", "--volume", f"{folder}:/data"),
        *("--volume", f"{data / 'keys'}:/keys:ro"),
        *("--volume", f"{ROOT / 'deploy' / 'local' / 'flows'}:/flows:ro"),
        *settings,
        image(service.name),
    )


async def test_each_runs_without_rights_and_ends_cleanly(
    containers: Containers, started: dict[str, str]
):
    for name, address in started.items():
        try:
            await eventually(lambda at=address: answers_ok(f"{at}/readyz"), within=READY_SECONDS)
        except (AssertionError, TimeoutError):
            pytest.fail(
                f"{name} is not ready:\n{containers.podman('logs', f'test-{name}')[-3000:]}"
            )
    for name in reversed(started):
        containers.podman("stop", "--time", str(STOP_SECONDS), f"test-{name}")
        (told,) = json.loads(containers.podman("inspect", f"test-{name}"))

        assert told["State"]["ExitCode"] == 0, name
        assert told["HostConfig"]["ReadonlyRootfs"] is True
