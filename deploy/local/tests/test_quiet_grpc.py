"""A service that is started by hand logs JSON and nothing else: gRPC's core is silent."""

import os
import subprocess
import sys

import pytest

from local_stack.services import SERVICES

# Ends at the first import of gRPC, whose core reads the variable there and never again.
IMPORTS = """
import importlib, os, sys

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "grpc":
            print(os.environ.get("GRPC_VERBOSITY"), flush=True)
            os._exit(0)

sys.meta_path.insert(0, Watch())
importlib.import_module(sys.argv[1] + ".__main__")
"""


@pytest.mark.parametrize("module", [service.module for service in SERVICES])
def test_grpc_is_silent_from_its_import_on(module: str) -> None:
    assert seen_by_grpc(module) == "NONE"


def test_grpc_says_what_somebody_asks_it_to() -> None:
    assert seen_by_grpc("crm", GRPC_VERBOSITY="DEBUG") == "DEBUG"


def seen_by_grpc(module: str, **given: str) -> str:
    environment = {k: v for k, v in os.environ.items() if k != "GRPC_VERBOSITY"}
    found = subprocess.run(
        [sys.executable, "-c", IMPORTS, module],
        env=environment | given,
        capture_output=True,
        text=True,
        check=True,
    )
    return found.stdout.strip()
