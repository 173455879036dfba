"""Programs in Go that the tests use: from the path, an earlier run, or built in the full tier."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from local_stack.home import home

BUILD_SECONDS = 1800
SCRIPT = Path(__file__).parents[1] / "deploy/observability/build_tools.sh"
SETTINGS = {"CGO_ENABLED": "0", "GOFLAGS": "-p=2"}


def go_tool(module: str, version: str, *, may_build: bool) -> Path:
    """The program of the module's last name; skips loudly where it cannot be had."""
    name = module.rpartition("/")[2]
    folder = cache() / "bin" / f"{name}-{version}"
    for found in (shutil.which(name), folder / name, Path.home() / "go/bin" / name):
        if found is not None and Path(found).is_file():
            return Path(found)
    if not may_build:
        pytest.skip(f"{name.upper()} NOT TRIED: there is none (make test-full builds it)")
    go = shutil.which("go")
    if go is None:
        pytest.skip(f"{name.upper()} NOT TRIED: there is no go to build it with")
    command = ["nice", "-n", "19", go, "install", f"{module}@v{version}"]
    environment = os.environ | SETTINGS | {"GOBIN": str(folder)}
    try:
        subprocess.run(command, env=environment, check=True, timeout=BUILD_SECONDS)
    except (subprocess.SubprocessError, OSError) as error:
        pytest.skip(f"{name.upper()} NOT TRIED: {error}")
    return folder / name


def observing_tool(name: str) -> Path:
    """Jaeger or mimirtool, built where it is not there yet; skips loudly where it cannot be."""
    program = home() / "observability" / name
    if not program.is_file():
        try:
            subprocess.run([SCRIPT, name], check=True, timeout=BUILD_SECONDS)
        except (subprocess.SubprocessError, OSError) as error:
            pytest.skip(f"{name.upper()} NOT TRIED: {error}")
    return program


def cache() -> Path:
    """Where what was built is kept."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "contact-center"


def is_full(config: pytest.Config) -> bool:
    """Whether this run takes its time."""
    return "not full" not in str(config.option.markexpr)
