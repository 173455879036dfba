"""What other people's linters say about every overlay, on every run that has Go to build them."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.deploy.built_tools import installed
from tests.deploy.rendering import as_text
from tests.deploy.schemas import RELEASE, places
from tests.deploy.tools import KUBERNETES, Missing

# The first run builds them, once.
pytestmark = pytest.mark.timeout(900)
# A limit on processor time makes who decides wait while the processor idles; images are named by
# a version that is never built twice.
ACCEPTED = ("--ignore-container-cpu-limit", "--ignore-test", "container-image-pull-policy")


@pytest.fixture(scope="module")
def kube_score() -> Path:
    return built("github.com/zegl/kube-score/cmd/kube-score", "1.20.0")


@pytest.fixture(scope="module")
def kubeconform() -> Path:
    return built("github.com/yannh/kubeconform/cmd/kubeconform", "0.8.0")


def built(package: str, version: str) -> Path:
    try:
        return installed(package, version)
    except Missing as why:
        pytest.skip(f"{Path(package).name.upper()} NOT TRIED: {why}")


def said(command: list[str | Path], content: str) -> str:
    """Return everything a linter prints about the content."""
    done = subprocess.run(
        [str(part) for part in command],
        input=content,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout + done.stderr


def findings(linter: Path, content: str) -> list[str]:
    """Return what kube-score calls critical."""
    options = ("--kubernetes-version", f"v{KUBERNETES}", "--output-format", "ci", *ACCEPTED)
    lines = said([linter, "score", *options, "-"], content).splitlines()
    assert any(line.startswith("[OK]") for line in lines), lines
    return [line for line in lines if "[CRITICAL]" in line]


def conformity(linter: Path, content: str) -> dict[str, int]:
    """Return how many objects kubeconform finds how."""
    options = ("-strict", "-summary", "-output", "json", "-kubernetes-version", RELEASE)
    try:
        where = places()
    except Missing as why:
        pytest.skip(f"KUBECONFORM NOT TRIED: {why}")
    report = json.loads(said([linter, *options, *where, "-"], content))
    print(json.dumps(report, indent=1))
    summary: dict[str, int] = report["summary"]
    return summary


def test_kube_score_finds_nothing_critical(kube_score: Path, overlay: str):
    assert findings(kube_score, as_text(overlay)) == []


def test_kube_score_would_find_something(kube_score: Path):
    writable = as_text("prod").replace("readOnlyRootFilesystem: true", "")

    assert findings(kube_score, writable) != []


def test_kubeconform_accepts_every_object_strictly(kubeconform: Path, overlay: str):
    summary = conformity(kubeconform, as_text(overlay))

    assert summary["valid"] > 0
    assert {summary[key] for key in ("invalid", "errors", "skipped")} == {0}


def test_kubeconform_would_refuse_words_that_nobody_knows(kubeconform: Path):
    """Of Kubernetes itself, and of operators' own kinds."""
    text = as_text("prod")
    for word in ("terminationGracePeriodSeconds", "podMetricsEndpoints", "passwordSecret"):
        text = text.replace(f"{word}:", f"{word}s:")

    assert conformity(kubeconform, text)["invalid"] == 9
