"""The Dockerfile is clean, pinned, and takes in what a service needs and nothing else."""

import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.deploy.rendering import ROOT, SERVICES
from tests.deploy.tools import run

DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_hadolint_has_nothing_to_say():
    program = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("HADOLINT IS MISSING: the Dockerfile is not linted")

    assert run(program, ROOT / "Dockerfile") == ""


def test_the_base_is_pinned_to_a_patch_version():
    (base,) = re.findall(r"^ARG PYTHON_IMAGE=(.*)$", DOCKERFILE, re.M)

    assert re.fullmatch(r"python:\d+\.\d+\.\d+-slim-\w+", base)
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.M)) == {"${PYTHON_IMAGE}"}


def test_each_service_has_a_program_of_its_name():
    for service in SERVICES:
        project = (ROOT / "services" / service / "pyproject.toml").read_text()
        assert re.search(rf'^"?{service}"? = "\w+\.__main__:main"$', project, re.M), service


def test_nothing_secret_or_built_is_sent_to_the_builder():
    ignored = (ROOT / ".dockerignore").read_text().split()

    assert ignored[0] == "*"
    copied = set(re.findall(r"^COPY (?!--from)(\S+)", DOCKERFILE, re.M))
    assert {part.partition("/")[0] for part in copied} <= {
        line.removeprefix("!").partition("/")[0] for line in ignored if line.startswith("!")
    }
