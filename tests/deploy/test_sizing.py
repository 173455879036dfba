"""`make sizing` makes its table of what `make bench` measured, and of nothing else."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench import main_path
from tests.bench.desk import measuring
from tests.deploy.rendering import K8S, ROOT, SERVICES

SCRIPT = K8S / "sizing.py"


def told(bench: Path, *options: str) -> subprocess.CompletedProcess[str]:
    program = (
        f"import sys; sys.path.insert(0, {str(K8S)!r}); import sizing; from pathlib import Path"
    )
    run = f"sizing.BENCH = Path({str(bench)!r}); sys.exit(sizing.main({list(options)!r}))"
    command = [sys.executable, "-c", f"{program}; {run}"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    """What a machine measured: a contact takes each service 10 ms."""
    figures = {f"processor per contact: {name}": 10.0 for name in SERVICES}
    figures |= {f"memory at rest: {name}": 50.0 for name in SERVICES}
    figures |= {f"memory under load: {name}": 60.0 for name in SERVICES}
    write(tmp_path / "main-path.json", figures)
    write(tmp_path / "desk.json", {"300 streams: memory per stream": 512.0})
    return tmp_path


def write(path: Path, figures: dict[str, float]) -> None:
    path.write_text(json.dumps([{"figure": name, "value": v} for name, v in figures.items()]))


def rows(answer: subprocess.CompletedProcess[str]) -> dict[str, list[str]]:
    lines = [line.strip("| ").split(" | ") for line in answer.stdout.splitlines() if "|" in line]
    return {line[0]: line[1:] for line in lines[2:]}


def test_a_small_center_has_two_of_each(bench: Path):
    answer = told(bench, "--contacts", "1", "--agents", "10", "--calls", "10")

    assert {name: row[0] for name, row in rows(answer).items()} == dict.fromkeys(SERVICES, "2")


def test_replicas_follow_the_processor_the_streams_and_the_calls(bench: Path):
    found = rows(told(bench, "--contacts", "240", "--agents", "6000", "--calls", "400"))

    assert found["router"] == ["4", "processor", "2.40", "60"]
    assert found["desk"] == ["7", "agents' streams", "2.40", "550"]
    assert found["ingest-voice"] == ["11", "calls at once", "2.40", "60"]


@pytest.mark.parametrize(
    ("file", "command"), [("main-path.json", "make bench"), ("desk.json", "make bench-desk")]
)
def test_what_was_not_measured_is_not_guessed(bench: Path, file: str, command: str):
    (bench / file).unlink()
    answer = told(bench)

    assert answer.returncode == 1
    assert command in answer.stderr
    assert answer.stdout == ""


def test_the_benches_call_their_figures_so():
    """The names are looked up by text: who changes them there must do so here."""
    written = Path(main_path.__file__).read_text() + Path(measuring.__file__).read_text()
    for name in ("processor per contact: {", "memory at rest: {", "memory under load: {"):
        assert f'f"{name}' in written
    assert '"memory per stream"' in written and "{streams} streams: {what}" in written


def test_make_sizing_calls_it():
    assert "deploy/k8s/sizing.py" in (ROOT / "Makefile").read_text()
    assert SCRIPT.exists()
