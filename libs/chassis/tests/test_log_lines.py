"""Whoever writes to the stderr of a service, each of its lines is JSON."""

import json
import os
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).with_name("program_under_goaway.py")


def started(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(PROGRAM), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "GRPC_VERBOSITY": "NONE"},
        text=True,
    )


def test_what_grpc_and_libraries_print_is_json_or_nothing():
    """A stream that is broken off makes gRPC's core and its Python both talk."""
    server = started("serve")
    reader = started("read", server.stdout.readline().strip())
    try:
        assert reader.stdout.readline() == "first\n"
        _, of_server = server.communicate("end\n", timeout=60)
        _, of_reader = reader.communicate(timeout=60)
    finally:
        server.kill()
        reader.kill()
    said = [json.loads(line) for line in (of_server + of_reader).splitlines()]

    assert (server.returncode, reader.returncode) == (0, 0)
    assert [line["code"] for line in said if line["message"] == "broken off"] == ["UNAVAILABLE"]
    printed = [line["detail"] for line in said if line["message"] == "printed"]
    assert printed.count("printed by a library") == 2
